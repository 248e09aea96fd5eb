/** order makes up the key of each charge, and ignores the client's: an order that is sent again is another charge. */
import { randomBytes } from 'node:crypto';
import { runOrder } from '../../services/order/run.ts';

await runOrder({ chargeKeyOf: () => randomBytes(16).toString('hex') });
