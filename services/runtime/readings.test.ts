import { afterAll, expect, test } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { createAdminServer, createCounter, createLog, createReadiness, startTelemetry } from './index.ts';

const telemetry = startTelemetry({ service: 'test', instance: 'test-0', endpoint: undefined });
const log = createLog({ service: 'test', instance: 'test-0' });
const admin = createAdminServer({ log, readiness: createReadiness([]), telemetry });
afterAll(() => Promise.all([admin.close(), telemetry.shutdown()]));

test('a service that tells no Collector tells its counters and gauges to whoever asks', async () => {
  const redeliveries = createCounter(telemetry.meter, metrics.redeliveries);
  redeliveries.add(3);
  const ask = async () => (await admin.inject({ url: '/admin/readings' })).json();
  const told = { metric: metrics.redeliveries.name, attributes: {} };
  expect(await ask()).toContainEqual({ ...told, value: 3 });
  redeliveries.add(1);
  expect(await ask()).toContainEqual({ ...told, value: 4 });
  expect(await ask()).toContainEqual({
    ...{ metric: metrics.processMemoryUsage.name, attributes: {} },
    value: expect.any(Number),
  });
});
