/**
 * payment acknowledges a group when it has taken it, and works on it a little later, as behind a queue in memory: a
 * crash in between loses what it held. Breaks `unsettled`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { runPayment } from '../../services/payment/run.ts';

await runPayment({
  settle: async (steps) => {
    await steps.acknowledge();
    await delay(200);
    await steps.decide();
    await steps.publish();
  },
});
