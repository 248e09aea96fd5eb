import { acceptanceAvailability } from './acceptance-availability.ts';
import { acceptanceLatency } from './acceptance-latency.ts';
import type { Slo } from './model.ts';
import { paymentSuccess } from './payment-success.ts';
import { settlement } from './settlement.ts';

/** What the platform promises. Correctness has no budget and is not here: one violation is an alert. */
export const slos: readonly Slo[] = [acceptanceAvailability, acceptanceLatency, settlement, paymentSuccess];
