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

/**
 * What the topology says nothing about, as JetStream has it by itself; undefined where it then says nothing either. Any
 * other value refuses, hides or forgets messages that are orders.
 */
const unsetOfStream = { max_msgs: -1, max_msgs_per_subject: -1, max_msg_size: -1, no_ack: undefined };
const unsetOfConsumer = {
  filter_subject: undefined,
  filter_subjects: undefined,
  headers_only: undefined,
  backoff: undefined,
  inactive_threshold: undefined,
};

const fixedAtCreation = 'JetStream cannot change it; the data must be moved or deleted';

/** Compares a stream with what the topology wants of it. */
export function streamDrift(
  wanted: JetStreamStream,
  found: Readonly<Partial<Record<keyof JetStreamStream, unknown>>>,
  contents: StreamContents,
): readonly Drift[] {
  return differences({ ...unsetOfStream, ...wanted }, found, (property) => {
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
  return differences({ ...unsetOfConsumer, ...wanted }, found, (property) =>
    ['ack_policy', 'deliver_policy', 'replay_policy'].includes(property) ? fixedAtCreation : undefined,
  );
}

function differences(
  wanted: object,
  found: object,
  refusalOf: (property: string) => string | undefined,
): readonly Drift[] {
  const settings = new Map<string, unknown>(Object.entries(found));
  return Object.entries(wanted).flatMap(([property, value]) => {
    const present = settings.get(property);
    if (JSON.stringify(present) === JSON.stringify(value)) return [];
    const refusal = refusalOf(property);
    return [{ property, found: present, wanted: value, ...(refusal === undefined ? {} : { refusal }) }];
  });
}

/** 0 is for ever. */
function isShorter(wantedNs: number, foundNs: number): boolean {
  return wantedNs !== 0 && (foundNs === 0 || wantedNs < foundNs);
}
