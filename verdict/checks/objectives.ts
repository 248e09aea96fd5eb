import { acceptanceAvailability } from '../../observability/slo/acceptance-availability.ts';
import { acceptanceLatency } from '../../observability/slo/acceptance-latency.ts';

/** What clients of a load are promised, from the SLOs. */
export type Objectives = {
  /** So many milliseconds an accepted order may have waited, from when it should have been sent... */
  readonly withinMs: number;
  /** ... for this share of the accepted orders, 0 to 1. */
  readonly withinShareMin: number;
  /** The share of the sends that must come to a 201, 0 to 1. */
  readonly acceptedShareMin: number;
};

/** The promises about acceptance (`observability/slo`), as a client can hold the platform to them. Imports nothing of Node. */
export const acceptanceObjectives: Objectives = {
  withinMs: acceptanceLatency.sli.kind === 'threshold' ? acceptanceLatency.sli.thresholdSeconds * 1_000 : 0,
  withinShareMin: acceptanceLatency.objective,
  acceptedShareMin: acceptanceAvailability.objective,
};
