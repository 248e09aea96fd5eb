import type { JetStreamConsumer, JetStreamStream } from '../../topology/derive/index.ts';

/** One setting of a stream or consumer that is not what the topology wants. */
export type Drift = {
  readonly property: string;
  readonly found: unknown;
  readonly wanted: unknown;
  /** Why it is left alone; absent when it can be repaired without losing a message. */
  readonly refusal?: string;
};

/** What a stream holds now, as far as it decides whether a limit may be lowered. */
export type StreamContents = { readonly bytes: number };

const fixedAtCreation = 'JetStream cannot change it; the data must be moved or deleted';

/** Compares a stream with what the topology wants of it. */
export function streamDrift(
  wanted: JetStreamStream,
  found: Readonly<Partial<Record<keyof JetStreamStream, unknown>>>,
  contents: StreamContents,
): readonly Drift[] {
  return differences(wanted, found, (property) => {
    switch (property) {
      case 'storage':
      case 'retention':
        return fixedAtCreation;
      case 'discard':
        return wanted.discard === 'old' ? 'a full stream would begin to forget' : undefined;
      case 'max_bytes':
        return wanted.max_bytes >= 0 && wanted.max_bytes < contents.bytes
          ? `the stream already holds ${contents.bytes} bytes`
          : undefined;
      case 'max_age':
        return isShorter(wanted.max_age, Number(found.max_age))
          ? 'messages that were to be kept longer would expire'
          : undefined;
      default:
        return undefined;
    }
  });
}

/** Compares a durable consumer with what the topology wants of it. */
export function consumerDrift(
  wanted: JetStreamConsumer,
  found: Readonly<Partial<Record<keyof JetStreamConsumer, unknown>>>,
): readonly Drift[] {
  return differences(wanted, found, (property) =>
    ['ack_policy', 'deliver_policy', 'replay_policy'].includes(property) ? fixedAtCreation : undefined,
  );
}

function differences<T extends object>(
  wanted: T,
  found: Readonly<Partial<Record<keyof T, unknown>>>,
  refusalOf: (property: string) => string | undefined,
): readonly Drift[] {
  return Object.entries(wanted).flatMap(([property, value]) => {
    const present = found[property as keyof T];
    if (JSON.stringify(present) === JSON.stringify(value)) return [];
    const refusal = refusalOf(property);
    return [{ property, found: present, wanted: value, ...(refusal === undefined ? {} : { refusal }) }];
  });
}

/** 0 is for ever. */
function isShorter(wantedNs: number, foundNs: number): boolean {
  return wantedNs !== 0 && (foundNs === 0 || wantedNs < foundNs);
}
