/** payment acknowledges first: a crash before the effect loses what it held. Breaks `unsettled`. */
import { runPayment } from '../../services/payment/run.ts';

await runPayment({
  settle: async (steps) => {
    await steps.acknowledge();
    await steps.decide();
    await steps.publish();
  },
});
