import { expect, it } from 'vitest';
import { renderPrometheusConfig } from './config.ts';

it('renders what it did for the platform', async () => {
  const config = renderPrometheusConfig({
    scrape: [
      { job: 'prometheus', addresses: ['127.0.0.1:20018'] },
      { job: 'collector', addresses: ['127.0.0.1:20012'] },
      { job: 'jaeger', addresses: ['127.0.0.1:20017'] },
      { job: 'alertmanager', addresses: ['127.0.0.1:20019'] },
    ],
    alertmanager: { url: 'http://127.0.0.1:20019', timeoutMs: 10_000 },
  });
  await expect(config).toMatchFileSnapshot('golden/prometheus.yml');
});

it('names rule files only when there are some', () => {
  expect(renderPrometheusConfig({ scrape: [] })).not.toContain('rule_files');
  expect(renderPrometheusConfig({ scrape: [], ruleFiles: ['slo.yml'] })).toContain('slo.yml');
});
