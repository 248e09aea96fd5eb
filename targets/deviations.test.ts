import { expect, test } from 'vitest';
import { platform } from '../topology/index.ts';
import { topologyDeviations } from './deviations.ts';

test('brokers that do not fsync every write are a deviation', () => {
  expect(topologyDeviations(platform)).toEqual([]);
  const lazy = { brokers: { ...platform.brokers, syncInterval: '2m' as const } };
  expect(topologyDeviations(lazy)).toEqual(['brokers fsync every 2m']);
});
