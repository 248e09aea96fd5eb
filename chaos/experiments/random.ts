import { type Random, seededRandom } from '../../loadtests/recorder/random.ts';
import { names } from '../../topology/platform.ts';
import { defineExperiment, type Step } from '../core/experiment.ts';
import type { FaultRequest } from '../core/fault.ts';

const leader = { leaderOf: names.ordersStream };
const edge = 'payment-psp';

/** What may be drawn, by the part that it breaks: two faults of one part would hide each other. */
const candidates: Readonly<Record<string, readonly FaultRequest[]>> = {
  brokers: [
    { fault: 'kill', request: { instance: leader } },
    { fault: 'pause', request: { instance: leader } },
    { fault: 'step-down', request: { stream: names.ordersStream } },
  ],
  order: [
    { fault: 'kill', request: { instance: 'order-0' } },
    { fault: 'pause', request: { instance: 'order-0' } },
  ],
  payment: [
    { fault: 'kill', request: { instance: 'payment-0' } },
    { fault: 'pause', request: { instance: 'payment-0' } },
    { fault: 'slow-start', request: { instance: 'payment-0' } },
  ],
  provider: [
    { fault: 'provider-slow', request: { latencyMs: 1_000 } },
    { fault: 'provider-slow', request: { latencyMs: 3_000 } },
    { fault: 'provider-errors', request: { share: 0.2 } },
    { fault: 'provider-declines', request: { share: 0.2 } },
  ],
  line: [
    { fault: 'stall', request: { edge } },
    { fault: 'half-open', request: { edge } },
    { fault: 'reset', request: { edge } },
    { fault: 'slicer', request: { edge, pieceBytes: 64 } },
  ],
  telemetry: [{ fault: 'kill', request: { instance: 'collector-0' } }],
};

/**
 * What cannot be seen while another holds: a provider that cannot be reached does not count, nor does one that is never
 * asked.
 */
const hides: Readonly<Record<string, readonly string[]>> = {
  provider: ['line', 'payment', 'order', 'brokers'],
};

/**
 * A schedule of faults, one or two at a time, that follows from its seed alone: a run that failed is repeated by the number
 * that `chaos run` was given.
 */
export const random = defineExperiment({
  name: 'random',
  hypothesis: 'no schedule of faults, however it was drawn, loses or doubles an order',
  parameters: {
    schedule: { unit: '(a seed)', min: 0, max: 2 ** 32 - 1, default: 1, meaning: 'decides what is drawn' },
    steps: { unit: 'steps', min: 1, max: 20, default: 4, meaning: 'how often something is broken' },
  },
  load: { rate: 500, durationSeconds: 90 },
  steps: ({ schedule, steps }) => drawSchedule(seededRandom(schedule), steps),
});

/** Steps at equal distances, each held for two to six seconds. Pure. */
function drawSchedule(draw: Random, count: number): readonly Step[] {
  return Array.from({ length: count }, (_, index) => {
    const first = pick(draw, Object.keys(candidates));
    const second = pick(draw, Object.keys(candidates));
    const isPair = first !== second && !isHidden(first, second) && !isHidden(second, first);
    const parts = isPair ? [first, second] : [first];
    return {
      at: (index + 0.3) / count,
      faults: parts.map((part) => pick(draw, candidates[part] ?? [])),
      holdMs: 2_000 + Math.floor(4_000 * draw()),
    };
  });
}

function isHidden(part: string, other: string): boolean {
  return hides[part]?.includes(other) ?? false;
}

function pick<T>(draw: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(draw() * choices.length)];
  if (chosen === undefined) throw new RangeError('there is nothing to draw from');
  return chosen;
}
