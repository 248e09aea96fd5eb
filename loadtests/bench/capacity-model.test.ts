import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Assumptions, limitsOf, type MeasuredCosts, needsAt } from './capacity-model.ts';

const costs: MeasuredCosts = {
  ...{ rate: 10_000, orderUs: 60, paymentUs: 12, pspUs: 20, brokersUs: 30, telemetryUs: 3, generatorUs: 18 },
  ...{ projectionUs: 10, ordersPerMessage: 50, streamBytesPerCopy: 500, streamReplicas: 3 },
  ...{ fsyncMs: 0.5, streamOrdersPerSecond: 50_000 },
};
const assumed: Assumptions = {
  ...{ utilisation: 0.5, coresPerBroker: 8, networkBytesPerSecond: 1e9, ordersMaxBytes: 4e9 },
};

describe('what a rate needs', () => {
  test('of 10,000 orders a second, by hand', () => {
    expect(needsAt(costs, 10_000, assumed)).toEqual({
      // 50 µs to share and 10 µs each, of 500 ms a second: 500 ms of accepting over 400 ms that are left.
      orderReplicas: 2,
      orderReplicasPartitioned: 2,
      ...{ paymentReplicas: 1, pspProcesses: 1, generators: 1 },
      // 25,000 orders a second is half of what a stream took, and of 100,000 that its fsync allows.
      ...{ partitions: 1, brokers: 3 },
      // 125 µs and another projection's 10 µs.
      cores: 2.7,
      coresPartitioned: 2.5,
      ...{ messagesPerSecond: 200, diskBytesPerSecond: 15e6 },
      // Two followers, payment, two projections.
      networkBytesPerSecond: 25e6,
      // 250 bytes an order.
      secondsUntilFull: 1_600,
    });
  });

  test('of ten times as much is more than ten times the instances of order: no number is enough', () => {
    const needs = needsAt(costs, 100_000, assumed);
    expect(needs).toMatchObject({
      orderReplicas: undefined,
      cores: undefined,
      networkBytesPerSecond: undefined,
    });
    expect(needs).toMatchObject({ partitions: 4, paymentReplicas: 3, pspProcesses: 4, generators: 4 });
  });

  test('is not said to be impossible where several instances were never measured', () => {
    const needs = needsAt({ ...costs, projectionUs: undefined }, 100_000, assumed);
    expect(needs).toMatchObject({ orderReplicas: 12, cores: 25 });
  });

  test('has an odd number of brokers', () => {
    expect(needsAt(costs, 500_000, assumed).brokers).toBe(5);
  });

  it('never falls as the rate rises, and fits into the processes it names', () => {
    const rate = fc.integer({ min: 1, max: 49_000 });
    fc.assert(
      fc.property(rate, rate, (one, other) => {
        const [less, more] = [
          needsAt(costs, Math.min(one, other), assumed),
          needsAt(costs, Math.max(one, other), assumed),
        ];
        for (const of of ['orderReplicas', 'paymentReplicas', 'partitions', 'brokers', 'cores'] as const) {
          expect(more[of]).toBeGreaterThanOrEqual(less[of] ?? Number.NaN);
        }
        const replicas = needsAt(costs, one, assumed).orderReplicas ?? 0;
        const loopUs = (50 * one) / replicas + 10 * one;
        expect(loopUs).toBeLessThanOrEqual(0.5e6 + 1e-6);
        // One fewer would not do.
        if (replicas > 1) expect((50 * one) / (replicas - 1) + 10 * one).toBeGreaterThan(0.5e6);
      }),
    );
  });
});

describe('what gives way first', () => {
  it('is told in its order, each limit by itself', () => {
    const limits = limitsOf(costs, assumed).map(({ name, rate }) => [name, Math.round(rate)]);
    expect(limits).toEqual([
      ['order-process', 8_333],
      ['psp-process', 25_000],
      ['stream', 25_000],
      ['generator-process', 27_778],
      ['payment-process', 41_667],
      ['fsync', 50_000],
      ['projections', 50_000],
      ['broker-network', 250_000],
    ]);
  });

  it('leaves out what nobody measured', () => {
    const unmeasured = { ...costs, projectionUs: undefined, streamOrdersPerSecond: undefined };
    const names = limitsOf(unmeasured, assumed).map(({ name }) => name);
    expect(names).not.toContain('projections');
    expect(names).not.toContain('stream');
  });

  it('is where the needs say so', () => {
    const projections = limitsOf(costs, assumed).find(({ name }) => name === 'projections')?.rate ?? 0;
    expect(needsAt(costs, projections * 0.99, assumed).orderReplicas).toBeDefined();
    expect(needsAt(costs, projections, assumed).orderReplicas).toBeUndefined();
  });
});
