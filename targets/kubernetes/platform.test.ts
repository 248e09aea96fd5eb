import { expect, test } from 'vitest';
import { platform as topology } from '../../topology/index.ts';
import { parsePlatform } from './platform.ts';

test('what a stack wrote is read', () => {
  const deployed = { stack: 'dev', isForTests: true, topology, proxies: [] };
  expect(parsePlatform(JSON.stringify(deployed), 'it')).toEqual(deployed);
});

test.each([
  ['nothing', undefined, /platform.json: found nothing, expected a JSON object/],
  ['no JSON', 'stormproof', /platform.json: found nothing, expected a JSON object/],
  [
    'another version',
    '{"stack":"dev","isForTests":"yes","topology":{"brokers":3}}',
    /isForTests: found "yes", expected true or false\n {2}proxies: found nothing.*\n {2}topology.brokers.replicas/,
  ],
])('%s is refused with what was expected', (_what, text, expected) => {
  expect(() => parsePlatform(text, 'it')).toThrow(expected);
});
