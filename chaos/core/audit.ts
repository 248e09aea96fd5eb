import type { JetStreamManager } from '@nats-io/jetstream';
import type { Addresses } from '../../targets/target.ts';
import { auditUser, instanceName, names } from '../../topology/index.ts';
import {
  type AuditProgress,
  auditRun,
  type HistorySource,
  type InvariantName,
  type LedgerResult,
  type SourceState,
  type StreamStarts,
} from '../../verdict/index.ts';
import { askBrokers, type WithBrokers, withBrokers } from './brokers.ts';

/**
 * Where the streams end now: what a later audit of this run need not read.
 * @throws when the brokers do not answer
 */
export async function readStreamEnds(target: WithBrokers): Promise<StreamStarts> {
  return askBrokers(target, async (manager) => ({
    orders: await nextSequence(manager, names.ordersStream),
    outcomes: await nextSequence(manager, names.outcomesStream),
    deadLetters: await nextSequence(manager, names.deadLettersStream),
  }));
}

/** Where an audit reaches whom it asks. */
export type Audited = Pick<WithBrokers, 'brokerLogin'> & {
  addresses(): Promise<Pick<Addresses, 'nats' | 'orderAdmin' | 'pspAdmin'>>;
};

/** Audits what a target holds, of one run or of all; see verdict/ledger. */
export async function auditTarget(options: {
  readonly target: Audited;
  /** Undefined: everything. */
  readonly runId: string | undefined;
  readonly history: HistorySource | undefined;
  readonly starts: StreamStarts;
  readonly drain: SourceState;
  /** Invariants that the run breaks on purpose. */
  readonly expected?: readonly InvariantName[];
  readonly onProgress: (progress: AuditProgress) => void;
}): Promise<LedgerResult> {
  const { target, history } = options;
  const addresses = await target.addresses();
  const [providerAdminUrl] = addresses.pspAdmin;
  // A stream that cannot be read counts as failed at once: an election that is just going on must be over before.
  await readStreamEnds(target).catch(() => {
    // What is wrong for good is for the audit to tell, stream by stream.
  });
  return withBrokers(target, { reconnectsMax: 10, user: auditUser }, (connection) =>
    auditRun({
      runId: options.runId,
      ...(history === undefined ? {} : { history }),
      connection,
      starts: options.starts,
      ...(providerAdminUrl === undefined ? {} : { providerAdminUrl }),
      orderAdminUrls: Object.fromEntries(
        addresses.orderAdmin.map((url, ordinal) => [instanceName('order', ordinal), url]),
      ),
      drain: options.drain,
      expected: new Set(options.expected),
      onProgress: options.onProgress,
    }),
  );
}

async function nextSequence(manager: JetStreamManager, stream: string): Promise<number> {
  return (await manager.streams.info(stream)).state.last_seq + 1;
}
