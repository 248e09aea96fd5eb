import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type MetricSpec, metrics } from '../names/metrics.ts';
import { operationMetrics } from '../names/operations.ts';
import { prometheusName } from '../names/prometheus.ts';
import { alertsOf } from './rules/render.ts';
import { runbookOf } from './rules/rule.ts';
import { series } from './rules/series.ts';
import { timingOf } from './rules/timing.ts';
import { slos } from './slos.ts';

const root = new URL('../../', import.meta.url);
const folder = 'docs/runbooks';
const alerts = [...new Set(alertsOf({}, timingOf(1)).map(({ name }) => name))];
const written = (await readdir(fileURLToPath(new URL(`${folder}/`, root)))).map(
  (file) => `${folder}/${file}`,
);

describe('runbooks', () => {
  it('are there for every alert, and for nothing else', () => {
    expect(written.toSorted()).toEqual(alerts.map(runbookOf).toSorted());
  });

  it('are where their SLOs say', () => {
    for (const { runbook } of slos) expect(written).toContain(runbook);
  });

  it.each(alerts)('%s: say what it means, how to confirm, mitigate and verify', async (alert) => {
    const text = await readFile(new URL(runbookOf(alert), root), 'utf8');
    expect(text).toMatch(new RegExp(`^# ${alert}\n`));
    expect(text.match(/^## .*$/gm)).toEqual(['## For customers', '## Confirm', '## Mitigate', '## Verify']);
    for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g))
      expect(written).toContain(`${folder}/${link}`);
    expect(unknownMetrics(text)).toEqual([]);
  });

  it('would be told about a metric that nobody sends', () => {
    expect(unknownMetrics('`nats_broker_up` and `rate(nats_broker_down[5m])`')).toEqual(['nats_broker_down']);
  });
});

/** Names that look like metrics of the platform and are none. */
function unknownMetrics(text: string): readonly string[] {
  const known = Object.values<MetricSpec>({ ...metrics, ...operationMetrics }).flatMap((spec) => {
    const name = prometheusName(spec);
    return spec.kind === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
  });
  const names = new Set<string>([...known, ...Object.values(series)]);
  const mentioned =
    text.match(/\b(stormproof|nats|nodejs|process|http_server|slo:)[a-z_:]*_[a-z_:]+\b/g) ?? [];
  return [...new Set(mentioned)].filter((name) => !names.has(name));
}
