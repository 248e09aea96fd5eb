/** payment gives an order up when its first charge fails. */
import { runPayment } from '../../services/payment/run.ts';

await runPayment({ failureRule: { batchFailuresMax: 1, orderFailuresMax: 1 } });
