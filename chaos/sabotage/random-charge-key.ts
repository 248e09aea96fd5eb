/**
 * payment draws a new charge key for every attempt: a repeat charges again. It also takes its time between charge and
 * acknowledgement, so that a crash finds groups to repeat. Breaks `miskeyed` and `double-charged`.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runPayment } from '../../services/payment/run.ts';

await runPayment({
  chargeKeyOf: () => randomBytes(16).toString('hex'),
  settle: async (steps) => {
    await steps.decide();
    await delay(200);
    await steps.publish();
    await steps.acknowledge();
  },
});
