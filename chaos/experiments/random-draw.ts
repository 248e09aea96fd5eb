import type { Random } from '../../loadtests/recorder/random.ts';
import type { Step } from '../core/experiment.ts';
import { type Candidate, goTogether } from './random-candidates.ts';

const firstAtMs = 2_000;
const gapMsMax = 3_000;
const holdMsMin = 2_000;
const holdMsMax = 5_000;
/** A proof of silence takes three seconds, and its measurement before as long at worst. */
const proofMs = 4_000;
/** A breaker that has opened asks again after 15 s. */
const chargesFlowAfterMs = 20_000;
/** What is left of the load after the last step, in which clients are seen to be served as before. */
const calmMs = 8_000;
const faultsMax = 3;

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
    const chosen = drawTogether(
      draw,
      candidates.filter(({ needs }) => hasCharges || !needs.includes('charges')),
    );
    const holdMs = Math.round(holdMsMin + draw() * (holdMsMax - holdMsMin));
    const endMs = startMs + Math.max(holdMs, proofMs) + Math.max(...chosen.map(({ settleMs }) => settleMs));
    if (endMs > loadMs - calmMs) break;
    steps.push({ at: startMs / loadMs, faults: chosen.map(({ request }) => request(draw)), holdMs });
    if (chosen.some(({ takes }) => takes.includes('charges'))) chargesTakenUntilMs = endMs;
    startMs = endMs + draw() * gapMsMax;
  }
  return steps;
}

/** One to three candidates that go together, each of a part that is drawn first: parts with many of them are not favoured. */
function drawTogether(draw: Random, candidates: readonly Candidate[]): readonly Candidate[] {
  const count = 1 + Math.floor(draw() * faultsMax);
  const chosen: Candidate[] = [];
  while (chosen.length < count) {
    const possible = candidates.filter((one) => chosen.every((other) => goTogether(one, other)));
    if (possible.length === 0) break;
    const part = pick(draw, [...new Set(possible.map((candidate) => candidate.part))]);
    chosen.push(
      pick(
        draw,
        possible.filter((candidate) => candidate.part === part),
      ),
    );
  }
  return chosen;
}

function pick<T>(draw: Random, choices: readonly T[]): T {
  const chosen = choices[Math.floor(draw() * choices.length)];
  if (chosen === undefined) throw new RangeError('there is nothing to draw from');
  return chosen;
}
