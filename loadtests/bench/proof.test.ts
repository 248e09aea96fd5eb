import { expect, it } from 'vitest';
import { platform } from '../../topology/index.ts';
import { armsOf } from './arms.ts';
import { findNoEffect, parseSync } from './proof.ts';

const arms = armsOf(platform);
const grouped = { ordersPerMessage: 12.5, batchCalls: 40, cpuUsPerOrder: { 'order-0': 60 } };
const single = { ...grouped, ordersPerMessage: 1, batchCalls: 0 };
const delivered = { brokers: 3, streamReplicas: 3, sync: 'always' };

it('reads when brokers fsync from what they say of themselves', () => {
  expect(parseSync({ jetstream: { config: { sync_always: true, sync_interval: 120e9 } } })).toBe('always');
  expect(parseSync({ jetstream: { config: { sync_interval: 120e9 } } })).toBe('120s');
  expect(parseSync({})).toBe('unknown');
});

it('accepts an arm that is what it says', () => {
  expect(findNoEffect(arms.baseline, delivered, grouped)).toBeUndefined();
  expect(findNoEffect(arms['lazy-fsync'], { ...delivered, sync: '120s' }, grouped)).toBeUndefined();
  expect(findNoEffect(arms['one-replica'], { ...delivered, streamReplicas: 1 }, grouped)).toBeUndefined();
  expect(findNoEffect(arms['no-group-commit'], delivered, single)).toBeUndefined();
  expect(
    findNoEffect(arms['peer-one-broker'], { brokers: 1, streamReplicas: 1, sync: '120s' }, single),
  ).toBeUndefined();
});

it('accepts an arm whose brokers speak TLS, a proxied one, and charges of one order each', () => {
  const proxied = { ...grouped, cpuUsPerOrder: { 'toxiproxy-0': 9 } };
  expect(findNoEffect(arms.tls, { ...delivered, hasTls: true }, grouped)).toBeUndefined();
  expect(findNoEffect(arms.proxied, delivered, proxied)).toBeUndefined();
  expect(findNoEffect(arms['charge-per-order'], delivered, { ...grouped, batchCalls: 0 })).toBeUndefined();
});

it('refuses an arm that changed nothing', () => {
  expect(findNoEffect(arms.tls, delivered, grouped)).toContain('without TLS');
  expect(findNoEffect(arms.baseline, { ...delivered, hasTls: true }, grouped)).toContain('brokers speak TLS');
  expect(findNoEffect(arms['lazy-fsync'], delivered, grouped)).toContain('sync is always, not 120s');
  expect(findNoEffect(arms['one-replica'], delivered, grouped)).toContain('streamReplicas is 3, not 1');
  expect(findNoEffect(arms['no-group-commit'], delivered, grouped)).toContain('12.50 orders share a message');
  expect(findNoEffect(arms['charge-per-order'], delivered, grouped)).toContain('40 calls were for several');
  expect(findNoEffect(arms.proxied, delivered, grouped)).toContain('nothing is proxied');
  expect(findNoEffect(arms.baseline, { ...delivered, sync: '120s, always' }, grouped)).toContain('always');
});
