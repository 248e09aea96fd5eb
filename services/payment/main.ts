/**
 * payment settles orders: each that is stored is charged once at the payment provider, and its outcome published.
 *
 * Groups of orders come from JetStream by a durable pull consumer (pull.ts) and are held, with their lease renewed,
 * until they are done (groups.ts). A group is decoded and checked (decode.ts), brought to the provider through a
 * circuit breaker until every order has a decision (charging.ts, failures.ts, providers/), its outcomes are published
 * (outcomes.ts), and only then it is acknowledged. What nobody survived working on comes back as an advisory
 * (advisories.ts). The decisions that all this rests on are parts.ts; run.ts puts everything together.
 */
import { runPayment } from './run.ts';

await runPayment();
