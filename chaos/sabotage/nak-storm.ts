/**
 * payment goes on pulling while its breaker is open, and gives back at once what it cannot charge: groups run through
 * their deliveries, and an outage that is long enough makes JetStream give them up.
 */
import { rightParts } from '../../services/payment/parts.ts';
import { runPayment } from '../../services/payment/run.ts';
import type { Breaker } from '../../services/runtime/index.ts';

const nak = new TextEncoder().encode('-NAK');
let breaker: Breaker | undefined;

await runPayment({
  createBreaker: (options) => {
    breaker = rightParts.createBreaker(options);
    return breaker;
  },
  room: (now) => (now.breaker === 'open' ? now.groupsMax : rightParts.room(now)),
  receive: (delivery, take, connection) => {
    if (breaker?.state() === 'open') connection.publish(delivery.ackSubject, nak);
    else take(delivery);
  },
});
