import type { InvariantName } from '../../verdict/index.ts';

/** A service with one wrong part. */
export type Sabotage = {
  readonly service: string;
  /** Its composition root, a path from the repository's root. */
  readonly main: string;
  /** What is wrong, in one sentence. */
  readonly wrong: string;
  /** The invariants that the audit must find broken. */
  readonly breaks: readonly InvariantName[];
};

/**
 * Deliberately wrong compositions of the services, to show that the audit bites. Each is another `main.ts` that passes
 * one wrong part; the services themselves contain no switch. A new one is a file here and a row below.
 */
export const sabotages: Readonly<Record<string, Sabotage>> = {
  'ack-before-effect': {
    service: 'payment',
    main: 'chaos/sabotage/ack-before-effect.ts',
    wrong: 'payment acknowledges a group before it has charged it and published the outcomes',
    breaks: ['unsettled'],
  },
  'random-charge-key': {
    service: 'payment',
    main: 'chaos/sabotage/random-charge-key.ts',
    wrong: 'payment charges every attempt under a new idempotency key',
    breaks: ['miskeyed', 'double-charged'],
  },
  'early-201': {
    service: 'order',
    main: 'chaos/sabotage/early-201.ts',
    wrong: 'order answers 201 without waiting for the PubAck',
    breaks: ['lost'],
  },
  'new-message-id': {
    service: 'order',
    main: 'chaos/sabotage/new-message-id.ts',
    wrong: 'order repeats a publish under a new message id',
    breaks: ['over-stored'],
  },
  'dropping-projection': {
    service: 'order',
    main: 'chaos/sabotage/dropping-projection.ts',
    wrong: 'the projection overlooks one order in 256',
    breaks: ['projection-disagrees'],
  },
};
