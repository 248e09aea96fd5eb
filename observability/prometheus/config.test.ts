import { expect, it } from 'vitest';
import { platform } from '../../topology/platform.ts';
import { renderRules } from '../slo/index.ts';
import { prometheusFiles } from './config.ts';

const files = prometheusFiles({
  topology: platform,
  scrape: [
    { job: 'prometheus', addresses: ['127.0.0.1:20018'] },
    { job: 'collector', addresses: ['127.0.0.1:20012'] },
    { job: 'jaeger', addresses: ['127.0.0.1:20017'] },
    { job: 'alertmanager', addresses: ['127.0.0.1:20019'] },
  ],
  alertmanager: { url: 'http://127.0.0.1:20019', timeoutMs: 10_000 },
});

it('renders what it did for the platform', async () => {
  await expect(files['prometheus.yml']).toMatchFileSnapshot('golden/prometheus.yml');
});

it("brings the rules of the platform's promises", () => {
  expect(files['rules.yml']).toBe(renderRules({ topology: platform }));
});

it('brings them as much sooner as is asked for', () => {
  const sooner = prometheusFiles({ topology: platform, scrape: [], alertScale: 60 });
  expect(sooner['rules.yml']).toBe(renderRules({ topology: platform, scale: 60 }));
});

it('only evaluates alerts where nobody takes them', () => {
  expect(prometheusFiles({ topology: platform, scrape: [] })['prometheus.yml']).not.toContain('alerting');
});
