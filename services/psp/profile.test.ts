import { describe, expect, it } from 'vitest';
import { createBehaviour, defaultProfile, isDeclined } from './profile.ts';

const request = (orderId: string) => ({
  chargeKey: orderId,
  orderId,
  amountMinor: 1,
  currency: 'EUR',
  runId: '',
});
const orderIds = Array.from({ length: 10_000 }, (_, i) => `order-${i}`);

describe('a profile', () => {
  it('charges everything at once when nothing is said', () => {
    const behaviour = createBehaviour();
    expect(new Set(orderIds.map((orderId) => behaviour.judge(request(orderId))))).toEqual(
      new Set(['charge']),
    );
    expect(behaviour.drawLatencyMs()).toBe(0);
  });

  it('declines the same share and the same orders under one seed, others under another', () => {
    const declined = (seed: number) =>
      orderIds.filter((orderId) => isDeclined(orderId, { declineRatio: 0.1, seed }));
    expect(declined(1)).toEqual(declined(1));
    expect(declined(1)).not.toEqual(declined(2));
    expect(declined(1).length).toBeGreaterThan(800);
    expect(declined(1).length).toBeLessThan(1_200);
    expect(isDeclined('any', { declineRatio: 1, seed: 3 })).toBe(true);
  });

  it('fails attempts in a sequence that the seed repeats', () => {
    const behaviour = createBehaviour();
    const verdicts = () => {
      behaviour.change({ ...defaultProfile, errorRatio: 0.5, seed: 7 });
      return Array.from({ length: 100 }, () => behaviour.judge(request('same')));
    };
    const first = verdicts();
    expect(verdicts()).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['fail', 'charge']));
  });

  it('adds jitter to latency, never more than it says', () => {
    const behaviour = createBehaviour({ ...defaultProfile, latencyMs: 10, jitterMs: 5 });
    const draws = Array.from({ length: 1_000 }, () => behaviour.drawLatencyMs());
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...draws)).toBeLessThan(15);
  });
});
