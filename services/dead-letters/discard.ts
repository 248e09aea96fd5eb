import type { JetStreamClient } from '@nats-io/jetstream';
import { type Actor, storeAction } from './actions.ts';
import type { Letter } from './letters.ts';

/**
 * Gives letters up for good: their orders stay dead-lettered, and audits take no offence at them any more. The letters stay
 * in the stream.
 *
 * @throws ActionError `not-stored` when an action may not be stored; those before it are
 */
export async function discardLetters(parts: {
  readonly client: JetStreamClient;
  readonly letters: readonly Letter[];
  readonly actor: Actor;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onDone: (letter: Letter) => void;
}): Promise<void> {
  for (const letter of parts.letters) {
    parts.signal.throwIfAborted();
    await storeAction(parts.client, letter, {
      action: 'discarded',
      ...parts.actor,
      atMs: parts.now(),
      copySequence: 0,
    });
    parts.onDone(letter);
  }
}
