import { describe, expect, it } from 'vitest';
import { createGate, LateError } from './gate.ts';

describe('a gate', () => {
  it('lets no more go at once than it may, and each one in its turn', async () => {
    const gate = createGate({ concurrentMax: 3, deadlineMs: 60_000 });
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const ask = async (number: number) => {
      running++;
      most = Math.max(most, running);
      order.push(number);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (number % 7 === 0) throw new Error('refused');
      return number;
    };
    const all = Array.from({ length: 32 }, (_, number) => number);
    const answers = await Promise.allSettled(all.map((number) => gate.run(() => ask(number))));
    expect(most).toBe(3);
    expect(order).toEqual(all);
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(5);
  });

  it('ends what hangs at the deadline, and what waits behind it as well', async () => {
    const gate = createGate({ concurrentMax: 1, deadlineMs: 20 });
    const hang = (signal: AbortSignal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const all = await Promise.allSettled([gate.run(hang), gate.run(hang), gate.run(hang)]);
    for (const one of all) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(LateError) });
    await expect(gate.run(async () => 'answered')).resolves.toBe('answered');
  });
});
