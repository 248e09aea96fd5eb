/**
 * payment goes on pulling while its breaker is open, and gives back at once what it cannot charge: every group runs through
 * its deliveries in no time, and JetStream gives it up.
 */
import { rightParts } from '../../services/payment/parts.ts';
import { runPayment } from '../../services/payment/run.ts';

const nak = new TextEncoder().encode('-NAK');
let isOpen = false;

await runPayment({
  createBreaker: (options) => {
    const breaker = rightParts.createBreaker(options);
    breaker.onChange((state) => {
      isOpen = state === 'open';
    });
    return breaker;
  },
  mayPull: () => true,
  receive: (delivery, take, connection) => {
    if (isOpen) connection.publish(delivery.ackSubject, nak);
    else take(delivery);
  },
});
