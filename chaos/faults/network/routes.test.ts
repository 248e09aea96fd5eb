import { describe, expect, test } from 'vitest';
import { type Inflow, messagesAcross } from './routes.ts';

/** Two connections between nats-0 and nats-1, one between nats-1 and nats-2; each broker counts what it receives. */
function inflows(counts: { readonly to0: number; readonly to1: number; readonly between: number }) {
  return [
    { broker: 'nats-0', peer: 'nats-1', id: 7, messages: 10 + counts.to0 },
    { broker: 'nats-0', peer: 'nats-1', id: 8, messages: 0 },
    { broker: 'nats-1', peer: 'nats-0', id: 7, messages: 20 + counts.to1 },
    { broker: 'nats-1', peer: 'nats-2', id: 9, messages: 30 + counts.between },
  ] satisfies Inflow[];
}

const quiet = inflows({ to0: 0, to1: 0, between: 0 });

describe('messages across a partition of nats-0', () => {
  test.each([
    { direction: 'both', across: 5 },
    { direction: 'towards', across: 2 },
    { direction: 'from', across: 3 },
  ] as const)('count in the cut direction only: $direction', ({ direction, across }) => {
    const heard = { before: quiet, after: inflows({ to0: 2, to1: 3, between: 100 }) };
    expect(messagesAcross(heard, { instance: 'nats-0', direction })).toBe(across);
  });

  test('are none while the others talk', () => {
    const heard = { before: quiet, after: inflows({ to0: 0, to1: 0, between: 100 }) };
    expect(messagesAcross(heard, { instance: 'nats-0', direction: 'both' })).toBe(0);
  });

  test('count on a connection that was made meanwhile, whatever the one before it had received', () => {
    const after = [{ broker: 'nats-0', peer: 'nats-2', id: 11, messages: 1 }];
    expect(messagesAcross({ before: quiet, after }, { instance: 'nats-0', direction: 'both' })).toBe(1);
  });
});
