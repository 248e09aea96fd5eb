/** Does the platform take orders at all: 20 a second for 5 seconds. */
import { arrivalRate } from './orders.ts';

export { handleSummary, sendOrder as default } from './orders.ts';

export const options = arrivalRate(20, 5);
