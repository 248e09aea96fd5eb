import { expect, test } from 'vitest';
import type { InstancePlan } from './instance-plan.ts';
import { recordOf } from './state.ts';

const own = {
  name: 'order-0',
  service: 'order',
  argv: ['/node', '/repository/services/order/main.ts'],
  env: {},
  cwd: '/repository',
  logFile: '/run/logs/order-0.log',
  ports: [],
  probeUrl: 'http://127.0.0.1:1/readyz',
  needsStreams: true,
  stopGraceMs: 1_000,
};
const plan: InstancePlan = { ...own, files: [{ path: '/run/a', text: '' }], directories: ['/run/b'] };
const process = { pid: 7, startTicks: 9, bootId: 'boot', startedAt: '2026-01-01T00:00:00Z' };

test('an instance that runs as another program is still known to do so when the platform is brought up again', () => {
  const runsAs = 'chaos/variants/order-mixed-schemas.ts';
  expect(recordOf(plan, { process, runsAs })).toEqual({ ...own, process, runsAs });
});

test('an instance is recorded as planned, with its last process if it had one', () => {
  expect(recordOf(plan, { process })).toEqual({ ...own, process });
  expect(recordOf(plan, undefined)).toEqual(own);
});
