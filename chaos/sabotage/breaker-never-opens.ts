/** payment goes on calling a provider that answers nothing, however often it has failed. */
import { runPayment } from '../../services/payment/run.ts';
import { createBreaker } from '../../services/runtime/index.ts';

await runPayment({
  createBreaker: (options) => createBreaker({ ...options, failuresMax: Number.POSITIVE_INFINITY }),
});
