import type { FaultKind, FaultRequests } from '../core/fault.ts';
import { kill } from './kill.ts';
import { latency } from './latency.ts';
import { stall } from './stall.ts';

/** Every kind of fault, by the word that experiments and journals use. */
export const faultKinds: { readonly [K in keyof FaultRequests]: FaultKind<FaultRequests[K]> } = {
  kill,
  latency,
  stall,
};
