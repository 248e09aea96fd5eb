/**
 * payment as in the middle of a deployment and of its rollback at once: of each three groups the outcomes of one are of the next
 * schema, of one of the schema before, and of one of its own.
 */
import { encodePaymentGroup } from '../../proto/codec.ts';
import { runPayment } from '../../services/payment/run.ts';
import { outcomesToNextSchema, outcomesToPreviousSchema } from './schema.ts';

const versions = [outcomesToNextSchema, outcomesToPreviousSchema, (payload: Uint8Array) => payload];
let groups = 0;

await runPayment({
  encodeOutcomes: (payments) => {
    const toVersion = versions[groups++ % versions.length] ?? outcomesToNextSchema;
    return toVersion(encodePaymentGroup(payments));
  },
});
