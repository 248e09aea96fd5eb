/**
 * What groups do at about the same time, done together. Each message on a replicated stream and each step of a replicated
 * consumer is fsynced by every broker; those that share a message or leave in one go share that.
 */

/** How long groups wait for others that are about to end, milliseconds: one round of pulling ends within some 20 ms. */
const gatherMs = 25;

/** Resolves for everybody who asked since it last did. */
export function createDeparture(afterMs = gatherMs): () => Promise<void> {
  let next: Promise<void> | undefined;
  return () => {
    next ??= new Promise<void>((resolve) => {
      setTimeout(() => {
        next = undefined;
        resolve();
      }, afterMs);
    });
    return next;
  };
}

type Batch = {
  readonly parts: Uint8Array[];
  readonly sequences: number[];
  bytes: number;
  readonly stored: PromiseWithResolvers<void>;
  readonly leaving: NodeJS.Timeout;
};

/**
 * Joins the encoded outcomes of several groups: encoded messages one after the other are the message in which repeated
 * fields are joined (protobuf.dev, Encoding, Last One Wins).
 *
 * @param options.store stores what was joined, and of which groups of the orders stream it is; a group alone is stored as it is
 * @param options.bytesMax of one message; a group that is larger by itself is handed on as it is
 * @returns resolves when the group's outcomes are stored, rejects as `store` does
 */
export function createOutcomeBatches(options: {
  readonly store: (bytes: Uint8Array, sequences: readonly number[]) => Promise<void>;
  readonly bytesMax: number;
  readonly afterMs?: number;
}): (sequence: number, outcomes: Uint8Array) => Promise<void> {
  let open: Batch | undefined;

  const leave = (): void => {
    if (open === undefined) return;
    const { parts, sequences, stored, leaving } = open;
    open = undefined;
    clearTimeout(leaving);
    stored.resolve(
      options.store(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts), sequences),
    );
  };

  return (sequence, outcomes) => {
    if (open !== undefined && open.bytes + outcomes.length > options.bytesMax) leave();
    open ??= {
      ...{ parts: [], sequences: [], bytes: 0, stored: Promise.withResolvers<void>() },
      leaving: setTimeout(leave, options.afterMs ?? gatherMs),
    };
    open.parts.push(outcomes);
    open.sequences.push(sequence);
    open.bytes += outcomes.length;
    return open.stored.promise;
  };
}
