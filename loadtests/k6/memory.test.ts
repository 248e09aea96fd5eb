import { describe, expect, it } from 'vitest';
import { k6GarbagePercent, k6MemoryProblem, k6MemorySettings } from './memory.ts';

/** Black Friday as it is, ten orders in a request: 14,000 virtual users. */
const blackFriday = { rate: 10_000, ordersPerRequest: 10 };

describe("k6's memory", () => {
  it('has the less garbage in it the more virtual users there are', () => {
    expect([20, 1_000, 2_000, 14_000].map(k6GarbagePercent)).toEqual([400, 400, 200, 100]);
  });

  it('ends at half of what the machine has left', () => {
    expect(k6MemorySettings(14_000, 16e9)).toEqual({ GOGC: '100', GOMEMLIMIT: '8000000000' });
  });

  it('suffices for a load, or it is said what it would suffice for', () => {
    expect(k6MemoryProblem(blackFriday, 20e9)).toBeUndefined();
    expect(k6MemoryProblem(blackFriday, 8e9)).toBe(
      [
        'k6 needs 14000 virtual users for 1000 requests/s, which take at least 6.7 GB:',
        'more than half of the 8.0 GB of memory that this machine has left.',
        'Expected a lower --rate, --orders-per-request 17, or --client recorder.',
      ].join('\n'),
    );
    const large = { rate: 100_000, ordersPerRequest: 100 };
    expect(k6MemoryProblem(large, 8e9)).toMatch(/Expected a lower --rate, or --client recorder/);
  });
});
