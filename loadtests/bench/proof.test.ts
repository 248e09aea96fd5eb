import { expect, it } from 'vitest';
import { platform } from '../../topology/index.ts';
import { armsOf } from './arms.ts';
import { findNoEffect, parseSync } from './proof.ts';

const arms = armsOf(platform);
const delivered = { brokers: 3, streamReplicas: 3, sync: 'always' };

it('reads when brokers fsync from what they say of themselves', () => {
  expect(parseSync({ jetstream: { config: { sync_always: true, sync_interval: 120e9 } } })).toBe('always');
  expect(parseSync({ jetstream: { config: { sync_interval: 120e9 } } })).toBe('120s');
  expect(parseSync({})).toBe('unknown');
});

it('accepts an arm that is what it says', () => {
  expect(findNoEffect(arms.baseline, delivered, 12.5)).toBeUndefined();
  expect(findNoEffect(arms['lazy-fsync'], { ...delivered, sync: '120s' }, 12.5)).toBeUndefined();
  expect(findNoEffect(arms['one-replica'], { ...delivered, streamReplicas: 1 }, 12.5)).toBeUndefined();
  expect(findNoEffect(arms['no-group-commit'], delivered, 1)).toBeUndefined();
  expect(
    findNoEffect(arms['peer-one-broker'], { brokers: 1, streamReplicas: 1, sync: '120s' }, 1),
  ).toBeUndefined();
});

it('refuses an arm that changed nothing', () => {
  expect(findNoEffect(arms['lazy-fsync'], delivered, 12.5)).toContain('sync is always, not 120s');
  expect(findNoEffect(arms['one-replica'], delivered, 12.5)).toContain('streamReplicas is 3, not 1');
  expect(findNoEffect(arms['no-group-commit'], delivered, 12.5)).toContain('12.50 orders share a message');
  expect(findNoEffect(arms.baseline, { ...delivered, sync: '120s, always' }, 12.5)).toContain('always');
});
