/**
 * What k6 is to send: requests, each of one order or of several, when a shape has them fall due. Imports nothing of Node:
 * k6 runs this file too.
 */
import { type LoadPhase, type LoadShape, peakRate } from '../../verdict/load-shape.ts';
import { courseOf } from '../shapes/course.ts';

/** The requests of a run; request r carries the orders from r × ordersPerRequest on. */
export type RequestPlan = {
  readonly requests: number;
  /** Orders in all these requests; what would not fill another one is not planned. */
  readonly orders: number;
  /** When a request falls due, microseconds after the start: with the last of its orders, as if they had been gathered. */
  readonly dueAtUs: (request: number) => number;
};

export function planRequests({ phases }: Pick<LoadShape, 'phases'>, ordersPerRequest: number): RequestPlan {
  const course = courseOf(phases);
  const requests = Math.floor(course.orders / ordersPerRequest);
  return {
    requests,
    orders: requests * ordersPerRequest,
    // k6 starts its n-th iteration, too, when the integral of the rate reaches n, and not n - 1.
    dueAtUs: (request) => course.dueAtUs((request + 1) * ordersPerRequest),
  };
}

/** A load of one rate as a shape. */
export function constantShape(rate: number, durationSeconds: number): LoadShape {
  const phase: LoadPhase = {
    ...{ name: 'steady', startRate: rate, endRate: rate },
    ...{ durationMs: Math.round(durationSeconds * 1_000), isJudged: true },
  };
  return { name: 'steady', phases: [phase] };
}

/** The highest number of requests a second. */
export function peakRequestRate(shape: LoadShape, ordersPerRequest: number): number {
  return peakRate(shape) / ordersPerRequest;
}

/** How k6's `ramping-arrival-rate` executor is told of a shape. */
export type ArrivalStages = {
  readonly startRate: number;
  readonly timeUnit: string;
  readonly stages: readonly { readonly target: number; readonly duration: string }[];
};

/** k6 takes its time to begin, and leaves out what is due after the last stage by its clock. */
const tailUs = 10_000_000;

/**
 * Rates are whole numbers for k6: orders a second are requests in as many seconds as a request has orders. A jump is a stage
 * that takes no time. Half a request beyond the plan keeps rounding from eating the last one, and then nothing falls due until
 * the last stage is over.
 */
export function arrivalStages({ phases }: LoadShape, ordersPerRequest: number): ArrivalStages {
  const peak = peakRate({ phases });
  const halfUs = Math.ceil((500_000 * ordersPerRequest) / peak);
  let rate = phases[0]?.startRate ?? 0;
  const startRate = rate;
  const stages: { target: number; duration: string }[] = [];
  const add = (target: number, durationUs: number) => {
    stages.push({ target, duration: `${durationUs}us` });
    rate = target;
  };
  const jump = (target: number) => rate !== target && add(target, 0);
  for (const phase of phases) {
    jump(phase.startRate);
    add(phase.endRate, phase.durationMs * 1_000);
  }
  jump(peak);
  add(peak, halfUs);
  jump(0);
  add(0, tailUs);
  return { startRate, timeUnit: `${ordersPerRequest}s`, stages };
}
