/**
 * payment acknowledges a group when it has taken it, and works on it afterwards, as behind a queue in memory: a crash in
 * between loses what it held.
 */
import { runPayment } from '../../services/payment/run.ts';

await runPayment({
  settle: async (steps) => {
    await steps.acknowledge();
    await steps.decide();
    await steps.publish();
  },
});
