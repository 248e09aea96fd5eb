import { type LoadPhase, type LoadShape, peakRate, totalMs } from '../../verdict/load-shape.ts';
import type { RetryPolicy } from '../recorder/retry.ts';

/** A load that somebody may ask for by its name. */
export type Shape = LoadShape & {
  /** What it is for, as one line of a list. */
  readonly title: string;
  /** How its clients repeat what fails, where that is not as usual. */
  readonly retry?: Partial<RetryPolicy>;
};

const seconds = (durationSeconds: number) => ({ durationMs: durationSeconds * 1_000 });
const flat = (name: string, rate: number, durationSeconds: number, isJudged = true): LoadPhase => {
  return { name, startRate: rate, endRate: rate, ...seconds(durationSeconds), isJudged };
};
const slope = (name: string, from: number, to: number, durationSeconds: number): LoadPhase => {
  return { name, startRate: from, endRate: to, ...seconds(durationSeconds), isJudged: true };
};
/** Connections are opened and code gets warm: nothing is promised for that. */
const warmUp = (rate: number, durationSeconds = 5) => flat('warm-up', rate, durationSeconds, false);

/** Clients that give up after a quarter of a second, repeat at once, and do not care how long they were asked to wait. */
const impatient: Partial<RetryPolicy> = {
  ...{ deadlineMs: 10_000, tryTimeoutMs: 250 },
  ...{ backOffMsMin: 10, backOffMsMax: 10, retryAfterMsMax: 0 },
};

const stepRates = Array.from({ length: 10 }, (_, at) => 2_000 * (at + 1));

/** Every load that has a name. Rates are those of the platform's targets; {@link scaleShape} makes them smaller or shorter. */
export const shapes: readonly Shape[] = [
  {
    name: 'smoke',
    title: 'whether the platform takes orders at all',
    phases: [warmUp(20, 2), flat('smoke', 20, 5)],
  },
  {
    name: 'steady',
    title: 'one rate for a while',
    phases: [warmUp(1_000), flat('steady', 1_000, 25)],
  },
  {
    name: 'ramp',
    title: 'slowly up to a rate, held, and down again',
    phases: [
      warmUp(200),
      slope('up', 200, 2_000, 60),
      flat('held', 2_000, 30),
      slope('down', 2_000, 200, 30),
    ],
  },
  {
    name: 'black-friday',
    title: 'five times the normal rate within 30 s, held, and back',
    phases: [
      warmUp(2_000),
      flat('normal', 2_000, 20),
      slope('rush', 2_000, 10_000, 30),
      flat('peak', 10_000, 60),
      slope('back', 10_000, 2_000, 30),
      flat('recovery', 2_000, 30),
    ],
  },
  {
    name: 'spike',
    title: 'ten times the normal rate at once, and gone again',
    phases: [
      warmUp(1_000),
      flat('normal', 1_000, 20),
      flat('spike', 10_000, 10, false),
      flat('aftermath', 1_000, 10, false),
      flat('recovery', 1_000, 20),
    ],
  },
  {
    name: 'soak',
    title: 'half an hour at the normal rate',
    phases: [warmUp(2_000, 10), flat('soak', 2_000, 1_790)],
  },
  {
    name: 'breakpoint',
    title: 'steps upwards: which is the highest that keeps the promises',
    findsKnee: true,
    phases: [warmUp(1_000), ...stepRates.map((rate, at) => flat(`step ${at + 1}`, rate, 20, false))],
  },
  {
    name: 'retry-storm',
    title: 'a surge of clients that repeat at once what is not answered at once',
    retry: impatient,
    phases: [
      warmUp(1_000),
      flat('normal', 1_000, 20),
      flat('surge', 15_000, 15, false),
      flat('aftermath', 1_000, 15, false),
      flat('recovery', 1_000, 20),
    ],
  },
];

/** @returns undefined where there is none of that name */
export function shapeNamed(name: string): Shape | undefined {
  return shapes.find((shape) => shape.name === name);
}

/** How a shape is to be made smaller or larger; what is left out stays as it is. */
export type Scale = {
  /** The highest rate, orders per second; all others in proportion, and at least 1 where they were not 0. */
  readonly rate?: number | undefined;
  /** How many times longer everything takes: 0.1 for a tenth. Not beside {@link seconds}. */
  readonly time?: number | undefined;
  /** How long everything takes together, seconds. */
  readonly seconds?: number | undefined;
};

const deadlineMsMin = 1_000;

/**
 * A shape of the same phases with other rates and durations; both stay whole numbers. Clients of a shape that is made shorter
 * give up sooner, where it says when they do: what a surge has left is to be over as early in the phase after it.
 */
export function scaleShape(shape: Shape, { rate, time, seconds: forSeconds }: Scale): Shape {
  const rateFactor = rate === undefined ? 1 : rate / peakRate(shape);
  const timeFactor = forSeconds === undefined ? (time ?? 1) : (forSeconds * 1_000) / totalMs(shape);
  const scaled = (orders: number) => (orders === 0 ? 0 : Math.max(1, Math.round(orders * rateFactor)));
  const { retry, ...rest } = shape;
  const { deadlineMs } = retry ?? {};
  const shortened =
    deadlineMs === undefined
      ? {}
      : { deadlineMs: Math.max(deadlineMsMin, Math.round(deadlineMs * Math.min(1, timeFactor))) };
  return {
    ...rest,
    ...(retry === undefined ? {} : { retry: { ...retry, ...shortened } }),
    phases: shape.phases.map((phase) => ({
      ...phase,
      startRate: scaled(phase.startRate),
      endRate: scaled(phase.endRate),
      durationMs: Math.max(1, Math.round(phase.durationMs * timeFactor)),
    })),
  };
}
