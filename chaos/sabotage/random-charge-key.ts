/** payment draws a new charge key for every attempt: a repeat charges again. */
import { randomBytes } from 'node:crypto';
import { runPayment } from '../../services/payment/run.ts';

await runPayment({ chargeKeyOf: () => randomBytes(16).toString('hex') });
