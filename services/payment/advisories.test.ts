import { describe, expect, it } from 'vitest';
import { parseAdvisory } from './advisories.ts';

const advisory = (change: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    type: 'io.nats.jetstream.advisory.v1.max_deliver',
    stream: 'ORDERS',
    consumer: 'payment-processor',
    stream_seq: 12,
    deliveries: 20,
    ...change,
  });

describe('an advisory', () => {
  it('tells which message JetStream gave up on, and why', () => {
    expect(parseAdvisory(advisory())).toEqual({ sequence: 12, cause: 'max_deliveries' });
    expect(parseAdvisory(advisory({ type: 'io.nats.jetstream.advisory.v1.terminated' }))).toEqual({
      sequence: 12,
      cause: 'terminated',
    });
  });

  it.each([
    ['of another consumer', advisory({ consumer: 'other' })],
    ['of another kind', advisory({ type: 'io.nats.jetstream.advisory.v1.nak' })],
    ['without a sequence', advisory({ stream_seq: 'x' })],
    ['that is no JSON', 'hello'],
    ['that is no object', 'null'],
  ])('is passed over: one %s', (_what, text) => {
    expect(parseAdvisory(text)).toBeUndefined();
  });
});
