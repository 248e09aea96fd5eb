/** payment ends at once when it is told to, with charges under way: each of them is delivered and charged again. */
import { runPayment } from '../../services/payment/run.ts';

process.on('SIGTERM', () => process.exit(0));
await runPayment();
