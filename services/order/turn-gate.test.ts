import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTurnGate, type TurnGate } from './turn-gate.ts';

describe('turns of the event loop', () => {
  let nowMs: number;
  let gate: TurnGate;

  beforeEach(() => {
    nowMs = 1_000;
    gate = createTurnGate({ turnMsMax: 20, standingMsMax: 100, nowMs: () => nowMs });
  });

  /** A turn of that length, asked at its beginning and its end. */
  async function takeTurn(ms: number): Promise<boolean> {
    gate.isSpent();
    nowMs += ms;
    const isSpent = gate.isSpent();
    await nextTurn();
    return isSpent;
  }

  it('take on a burst', async () => {
    expect([await takeTurn(100), await takeTurn(20)]).toEqual([false, false]);
  });

  it('take on no burst without an end', async () => {
    expect(await takeTurn(101)).toBe(true);
  });

  it('take on work for their time only, once they have all been long for a while', async () => {
    for (let turn = 0; turn < 4; turn++) expect(await takeTurn(25)).toBe(false);
    expect(await takeTurn(25)).toBe(true);
    expect(gate.isSpent()).toBe(false);
    nowMs += 20;
    expect(gate.isSpent()).toBe(false);
    nowMs += 1;
    expect(gate.isSpent()).toBe(true);
  });

  it('are calm again when none was spent for a second', async () => {
    for (let turn = 0; turn < 5; turn++) await takeTurn(25);
    expect([await takeTurn(20), await takeTurn(25)]).toEqual([false, true]);
    for (let turn = 0; turn < 50; turn++) expect(await takeTurn(20)).toBe(false);
    expect(await takeTurn(100)).toBe(false);
  });

  it('take on each of two bursts with a pause between them', async () => {
    expect(await takeTurn(90)).toBe(false);
    nowMs += 21;
    expect(await takeTurn(90)).toBe(false);
  });

  it('are not charged for the time between them', async () => {
    gate.isSpent();
    await nextTurn();
    nowMs += 10_000;
    expect([gate.isSpent(), await takeTurn(20)]).toEqual([false, false]);
  });
});
