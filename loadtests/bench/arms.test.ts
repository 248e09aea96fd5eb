import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { orderFields } from '../../services/order/config.ts';
import { paymentFields } from '../../services/payment/config.ts';
import { parseConfig } from '../../services/runtime/index.ts';
import { platform } from '../../topology/index.ts';
import { armNames, armsOf, baselineName } from './arms.ts';

const root = join(import.meta.dirname, '../..');
const arms = armsOf(platform);
const fieldsOf = { order: orderFields, payment: paymentFields };

it('has a row under each name, and the baseline is the platform as it is delivered', () => {
  for (const name of armNames) expect(arms[name].name).toBe(name);
  expect(arms[baselineName]).toMatchObject({
    topology: platform,
    settings: {},
    overrides: {},
    isProxied: false,
    isSecured: false,
  });
});

it.each(armNames)('%s sets only what services know, to values that they take', (name) => {
  for (const [service, settings] of Object.entries(arms[name].settings)) {
    const fields = Object.values(fieldsOf[service as keyof typeof fieldsOf]);
    for (const [key, text] of Object.entries(settings)) {
      const field = fields.find((candidate) => candidate.key === key);
      expect(field, key).toBeDefined();
      if (field !== undefined) expect(() => parseConfig({ [key]: text }, { field })).not.toThrow();
    }
  }
});

it.each(armNames)('%s runs programs that exist', (name) => {
  const { topology, overrides } = arms[name];
  const programs = [...topology.services.map(({ main }) => main), ...Object.values(overrides)];
  for (const program of programs) expect(existsSync(join(root, program)), program).toBe(true);
});

it('changes nothing but what an arm is about', () => {
  const { topology } = arms['one-replica'];
  expect(topology.brokers).toEqual(platform.brokers);
  expect(new Set(topology.streams.map(({ replicas }) => replicas))).toEqual(new Set([1]));
  expect(arms['lazy-fsync'].topology).toEqual({
    ...platform,
    brokers: { ...platform.brokers, syncInterval: '2m' },
  });
  const { services, ...others } = arms['two-replicas'].topology;
  expect({ ...others, services: platform.services }).toEqual(platform);
  const counts = services.map(({ name, replicas }) => `${replicas.local} ${name}`);
  expect(counts).toEqual(['2 order', '2 payment', '1 psp', '1 broker-metrics', '1 alert-recorder']);
});

it('gives peers the same brokers, streams and provider, and no telemetry', () => {
  const { topology } = arms['peer-three-brokers-fsync'];
  expect(topology.brokers).toEqual(platform.brokers);
  expect(topology.streams).toEqual(platform.streams);
  const programs = Object.fromEntries(topology.services.map(({ name, main }) => [name, main]));
  expect(programs).toEqual({
    order: 'loadtests/bench/peers/order.ts',
    payment: 'loadtests/bench/peers/payment.ts',
    psp: 'services/psp/main.ts',
  });
  expect(topology.edges.map(({ from, to }) => `${from}-${to}`)).toEqual([
    'client-order',
    'order-nats',
    'payment-nats',
    'payment-psp',
    'nats-nats',
  ]);
  expect(arms['peer-one-broker'].topology.brokers.replicas).toBe(1);
});
