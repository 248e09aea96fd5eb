/** One rate for a while: `STORMPROOF_RATE` orders a second for `STORMPROOF_DURATION_SECONDS`. */
import { arrivalRate } from './orders.ts';

export { handleSummary, sendOrder as default } from './orders.ts';

export const options = arrivalRate(
  Number(__ENV.STORMPROOF_RATE ?? '100'),
  Number(__ENV.STORMPROOF_DURATION_SECONDS ?? '30'),
);
