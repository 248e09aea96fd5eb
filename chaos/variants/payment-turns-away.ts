/**
 * payment as a release that turns every group away once, and works on it when it comes again: nothing is lost or charged
 * twice, and JetStream delivers everything two times.
 */
import { runPayment } from '../../services/payment/run.ts';

const nak = new TextEncoder().encode('-NAK');

await runPayment({
  receive: (delivery, take, connection) => {
    if (delivery.deliveryCount === 1) connection.publish(delivery.ackSubject, nak);
    else take(delivery);
  },
});
