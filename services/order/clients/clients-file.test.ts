import { expect, it } from 'vitest';
import { digestOfKey } from '../../../topology/derive/client-keys.ts';
import { parseClients } from './clients-file.ts';

const key = 'sp_a-key-in-the-wrong-place';
const digest = digestOfKey(key);

function problemsOf(clients: unknown): readonly string[] {
  try {
    parseClients(typeof clients === 'string' ? clients : JSON.stringify({ clients }));
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}

it('reads clients, and needs to know no more than who they are', () => {
  const full = { id: 'shop', keys: [digest], ordersPerSecond: 0.5, burst: 10 };
  expect(parseClients(JSON.stringify({ clients: [full, { id: 'tokens-only' }] }))).toEqual({
    clients: [full, { id: 'tokens-only', keys: [] }],
  });
});

it('tells of everything that is wrong, and repeats no key', () => {
  const problems = problemsOf([
    { id: 'a shop', keys: [key], ordersPerSecond: 0, burst: 0, more: 1 },
    { keys: [key] },
  ]);
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'clients file, clients.0.id',
    'clients file, clients.0.keys.0',
    'clients file, clients.0.ordersPerSecond',
    'clients file, clients.0.burst',
    'clients file, clients.0',
    'clients file, clients.1.id',
    'clients file, clients.1.keys.0',
  ]);
  expect(problems.join()).not.toContain(key);
});

it.each([
  ['no JSON', `{"clients":[${key}`],
  ['the same client twice', [{ id: 'a' }, { id: 'a' }]],
  [
    'a key of two clients',
    [
      { id: 'a', keys: [digest] },
      { id: 'b', keys: [digest] },
    ],
  ],
])('refuses %s', (_what, clients) => {
  const problems = problemsOf(clients);
  expect(problems).toHaveLength(1);
  expect(problems.join()).not.toMatch(new RegExp(`${key}|${digest}`));
});
