/**
 * order takes orders and answers 201 only when the stream has them.
 *
 * `run.ts` puts the service together from the environment; `service.ts` tells the way of an order through its parts.
 */
import { runOrder } from './run.ts';

await runOrder();
