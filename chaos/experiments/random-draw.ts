import type { Random } from '../../loadtests/recorder/random.ts';
import type { Step } from '../core/experiment.ts';
import { type Candidate, goTogether } from './random-candidates.ts';

/** Before it the platform is seen in its steady state; a generator may take seconds to start. */
const firstAtMs = 6_000;
const gapMsMax = 2_000;
const holdMsMin = 2_000;
const holdMsMax = 5_000;
/** A proof of silence takes three seconds, and its measurement before as long at worst. */
const proofMs = 4_000;
/** A breaker that has opened asks again after 15 s. */
const chargesFlowAfterMs = 20_000;
/** What is left of the load after the last step, in which clients are seen to be served as before. */
const calmMs = 8_000;
const faultsMax = 3;
/** What orders pass through is broken more often than what only watches, or what payment must live with every day. */
const shares: Readonly<Record<Candidate['part'], number>> = {
  ...{ brokers: 3, services: 3, path: 3 },
  ...{ provider: 1, telemetry: 1 },
};

/**
 * Draws steps of one to three faults that hold together, one step after the other, as many as there is time for. Pure:
 * the same draws give the same steps.
 *
 * @param limits.steps at most so many
 * @param limits.loadMs what the moments of the steps are shares of
 */
export function drawSteps(
  draw: Random,
  candidates: readonly Candidate[],
  { steps: stepsMax, loadMs }: { readonly steps: number; readonly loadMs: number },
): readonly Step[] {
  const steps: Step[] = [];
  let startMs = firstAtMs + draw() * gapMsMax;
  let chargesTakenUntilMs = Number.NEGATIVE_INFINITY;
  while (steps.length < stepsMax) {
    const hasCharges = startMs >= chargesTakenUntilMs + chargesFlowAfterMs;
    const possible = candidates.filter(({ needs }) => hasCharges || !needs.includes('charges'));
    // What needs charges is seldom possible later, since most of what is drawn stops them: one time in three it goes first.
    const needing = possible.filter(({ needs }) => needs.includes('charges'));
    const chosen = drawTogether(draw, possible, draw() < 1 / 3 && needing.length > 0 ? needing : possible);
    const holdMs = Math.round(holdMsMin + draw() * (holdMsMax - holdMsMin));
    const endMs = startMs + Math.max(holdMs, proofMs) + Math.max(...chosen.map(({ settleMs }) => settleMs));
    if (endMs > loadMs - calmMs) break;
    steps.push({ at: startMs / loadMs, faults: chosen.map(({ request }) => request(draw)), holdMs });
    if (chosen.some(({ takes }) => takes.includes('charges'))) chargesTakenUntilMs = endMs;
    startMs = endMs + draw() * gapMsMax;
  }
  return steps;
}

/**
 * One to three candidates that go together.
 *
 * @param firsts what the first of them is drawn from
 */
function drawTogether(
  draw: Random,
  candidates: readonly Candidate[],
  firsts: readonly Candidate[],
): readonly Candidate[] {
  const count = 1 + Math.floor(draw() * faultsMax);
  const chosen = [drawOne(draw, firsts)];
  while (chosen.length < count) {
    const possible = candidates.filter((one) => chosen.every((other) => goTogether(one, other)));
    if (possible.length === 0) break;
    chosen.push(drawOne(draw, possible));
  }
  return chosen;
}

/** The part is drawn first: those with many candidates are not favoured. */
function drawOne(draw: Random, candidates: readonly Candidate[]): Candidate {
  const parts = [...new Set(candidates.map((candidate) => candidate.part))];
  const part = pick(
    draw,
    parts.flatMap((one) => Array.from({ length: shares[one] }, () => one)),
  );
  return pick(
    draw,
    candidates.filter((candidate) => candidate.part === part),
  );
}

function pick<T>(draw: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(draw() * choices.length)];
  if (chosen === undefined) throw new RangeError('there is nothing to draw from');
  return chosen;
}
