import { describe, expect, it } from 'vitest';
import { parseDelivery } from './pull.ts';

const data = Uint8Array.of(1);

describe('an acknowledgement subject', () => {
  it.each([
    ['$JS.ACK.ORDERS.payment-processor.3.1042.77.1700000000000000000.5'],
    ['$JS.ACK._.ACCHASH.ORDERS.payment-processor.3.1042.77.1700000000000000000.5'],
    ['$JS.ACK._.ACCHASH.ORDERS.payment-processor.3.1042.77.1700000000000000000.5.random'],
  ])('tells delivery count and stream sequence: %s', (reply) => {
    expect(parseDelivery({ data, reply })).toEqual({
      data,
      deliveryCount: 3,
      streamSequence: 1_042,
      ackSubject: reply,
    });
  });

  it('is refused when it is none', () => {
    expect(() => parseDelivery({ data, reply: '_INBOX.x' })).toThrow('not an acknowledgement subject');
    expect(() => parseDelivery({ data })).toThrow('not an acknowledgement subject');
  });
});
