import { hash } from 'node:crypto';
import type { ChargeRequest, Verdict } from './charge.ts';

/** How the simulated provider behaves; every ratio is from 0 to 1. */
export type Profile = {
  /** How long an answer takes after the charge is recorded. */
  readonly latencyMs: number;
  /** Up to this much is added to the latency, uniformly. */
  readonly jitterMs: number;
  /** The share of orders whose charge is declined; which ones follows from order id and seed. */
  readonly declineRatio: number;
  /** The share of attempts that fail without an effect; drawn from the seed, attempt by attempt. */
  readonly errorRatio: number;
  /** The share of attempts that are called charged although nothing is; drawn as errors are. */
  readonly lieRatio: number;
  /** The share of known keys that are taken for new ones, as past a provider's retention: what is charged under them is charged again. */
  readonly forgottenRatio: number;
  readonly seed: number;
};

export const defaultProfile: Profile = {
  latencyMs: 0,
  jitterMs: 0,
  declineRatio: 0,
  errorRatio: 0,
  lieRatio: 0,
  forgottenRatio: 0,
  seed: 0,
};

const ratio = { type: 'number', minimum: 0, maximum: 1 } as const;
const milliseconds = { type: 'number', minimum: 0, maximum: 60_000 } as const;

/** JSON Schema of a {@link Profile}. What a `PUT` leaves out is 0. */
export const profileSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    latencyMs: milliseconds,
    jitterMs: milliseconds,
    declineRatio: ratio,
    errorRatio: ratio,
    lieRatio: ratio,
    forgottenRatio: ratio,
    seed: { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 },
  },
} as const;

/** The profile in force and the draws that follow from it. */
export type Behaviour = {
  profile(): Profile;
  /** Takes effect with the next charge; draws start again from the seed. */
  change(profile: Profile): void;
  judge(request: ChargeRequest): Verdict;
  /** Whether a key that is known is to be forgotten this time. */
  forgets(): boolean;
  /** How long the next answer takes, in milliseconds. */
  drawLatencyMs(): number;
};

export function createBehaviour(initial: Profile = defaultProfile): Behaviour {
  let profile = initial;
  let draw = createDraws(profile.seed);
  return {
    profile: () => profile,
    change(next) {
      profile = next;
      draw = createDraws(next.seed);
    },
    judge(request) {
      if (profile.errorRatio > 0 && draw() < profile.errorRatio) return 'fail';
      if (profile.lieRatio > 0 && draw() < profile.lieRatio) return 'lie';
      return isDeclined(request.orderId, profile) ? 'decline' : 'charge';
    },
    forgets: () => profile.forgottenRatio > 0 && draw() < profile.forgottenRatio,
    drawLatencyMs: () => profile.latencyMs + (profile.jitterMs === 0 ? 0 : profile.jitterMs * draw()),
  };
}

/** The same order is declined under the same seed whenever it is asked, so a run can be foretold and replayed. */
export function isDeclined(orderId: string, profile: Pick<Profile, 'declineRatio' | 'seed'>): boolean {
  if (profile.declineRatio === 0) return false;
  const digest = hash('sha256', `${profile.seed}:${orderId}`, 'buffer');
  return digest.readUInt32BE(0) < profile.declineRatio * 2 ** 32;
}

/** Uniform draws from [0, 1) by mulberry32, a 32-bit generator in the public domain: small, fast, repeatable. */
function createDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
