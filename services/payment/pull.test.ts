import { headers } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { names } from '../../topology/platform.ts';
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
      isRedriven: false,
      ackSubject: reply,
    });
  });

  it('comes with a header when the message is back from the dead letters', () => {
    const back = headers();
    back.set(names.redriveHeader, '7');
    const reply = '$JS.ACK.ORDERS.payment-processor.1.1.1.1700000000000000000.0';
    expect(parseDelivery({ data, reply, headers: back }).isRedriven).toBe(true);
  });

  it('is refused when it is none', () => {
    expect(() => parseDelivery({ data, reply: '_INBOX.x' })).toThrow('not an acknowledgement subject');
    expect(() => parseDelivery({ data })).toThrow('not an acknowledgement subject');
  });
});
