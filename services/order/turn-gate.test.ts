import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTurnGate, type TurnGate } from './turn-gate.ts';

describe('a turn of the event loop', () => {
  let nowMs: number;
  let gate: TurnGate;

  beforeEach(() => {
    nowMs = 1_000;
    gate = createTurnGate({ turnMsMax: 20, nowMs: () => nowMs });
  });

  it('takes on work until its time is over', () => {
    expect(gate.isSpent()).toBe(false);
    nowMs += 20;
    expect(gate.isSpent()).toBe(false);
    nowMs += 1;
    expect(gate.isSpent()).toBe(true);
  });

  it('is followed by one that has all its time', async () => {
    gate.isSpent();
    nowMs += 100;
    expect(gate.isSpent()).toBe(true);
    await nextTurn();
    expect(gate.isSpent()).toBe(false);
    nowMs += 21;
    expect(gate.isSpent()).toBe(true);
  });

  it('is not charged for the time between turns', async () => {
    gate.isSpent();
    await nextTurn();
    nowMs += 10_000;
    expect(gate.isSpent()).toBe(false);
  });
});
