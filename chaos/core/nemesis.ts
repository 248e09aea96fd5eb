import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import type { InjectIntent, Journal } from '../../verdict/index.ts';
import { reasonOf } from './attempt.ts';
import { type BlastRadius, passedLimits } from './blast-radius.ts';
import type { DeadMan } from './dead-man.ts';
import {
  completeRequest,
  FaultError,
  type FaultKind,
  type FaultRequest,
  type Observation,
  type Proof,
  type Victim,
} from './fault.ts';
import { createNotes } from './notes.ts';

/** What is known about one fault of a run. */
export type FaultRecord = {
  readonly id: string;
  /** The kind's name. */
  readonly fault: string;
  readonly victim: Victim;
  /** What was done, and to what. */
  readonly description: string;
  /** What it was done to. */
  readonly subject: string;
  /** Milliseconds since the Unix epoch. */
  readonly injectedAtMs: number;
  healedAtMs?: number;
  /** Why the last attempt to heal it failed; absent when none has. */
  healProblem?: string;
  proof?: Proof;
  /** What was still wrong after healing; empty when the rollback is verified, absent when it was not looked at. */
  residue?: readonly string[];
};

/** The part of a run that breaks things, and the only one that may. */
export type Nemesis = {
  /**
   * Journals, takes a lease, then injects. When the injection fails, it has been healed before this throws.
   *
   * @param plannedMs how long the fault is to hold
   * @throws FaultError also when it would reach further than the blast radius allows; nothing was done then
   */
  inject(request: FaultRequest, plannedMs: number): Promise<FaultRecord>;
  /** Asks every fault that holds for its proof. */
  prove(): Promise<void>;
  /**
   * Heals everything that holds, all at once: brokers that are all down get ready only together.
   * @throws AggregateError of what could not be healed; it holds still, and the next call tries again
   */
  healAll(because: string): Promise<void>;
  /**
   * Waits until no healed victim has residue left, the time is over or the signal aborts; records what is left, also
   * when a victim cannot be asked.
   */
  verify(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Whether any fault may be in effect. */
  isHolding(): boolean;
  records(): readonly FaultRecord[];
};

type Kinds = Readonly<Record<string, FaultKind<never>>>;

export function createNemesis(options: {
  readonly target: Target;
  readonly kinds: Kinds;
  readonly journal: Pick<Journal, 'append'>;
  /** Without one nothing can be injected. */
  readonly deadMan: Pick<DeadMan, 'hold' | 'release'> | undefined;
  readonly blastRadius: BlastRadius;
  readonly nowMs: () => number;
}): Nemesis {
  const { target, journal, deadMan, nowMs } = options;
  const notes = createNotes(journal);
  const records: FaultRecord[] = [];
  /** The faults that may be in effect, in the order of injection. */
  let holding: readonly { readonly record: FaultRecord; readonly observation: Observation }[] = [];

  async function heal(record: FaultRecord, because: string): Promise<void> {
    await notes.append({ type: 'heal-intended', injection: record.id, because });
    await kindOf(options.kinds, record.fault).heal(target, record.victim);
    record.healedAtMs = nowMs();
    deadMan?.release(record.id);
    await notes.append({ type: 'healed', injection: record.id });
  }

  const healAll: Nemesis['healAll'] = async (because) => {
    const errors: unknown[] = [];
    await Promise.all(
      holding.map(async (held) => {
        try {
          await heal(held.record, because);
          holding = holding.filter((other) => other !== held);
        } catch (error) {
          held.record.healProblem = reasonOf(error);
          errors.push(error);
        }
      }),
    );
    if (errors.length > 0) throw new AggregateError(errors, 'not every fault could be healed');
  };

  function checkReach(kind: FaultKind<never>, victim: Victim): void {
    const disabled = holding.flatMap(({ record }) =>
      kindOf(options.kinds, record.fault).disables(record.victim),
    );
    const passed = passedLimits(options.blastRadius, [...disabled, ...kind.disables(victim)]);
    if (passed.length === 0) return;
    throw new FaultError(
      `${kind.describe(victim)} would reach further than this experiment may: ${passed.join('; ')}`,
    );
  }

  return {
    async inject({ fault, request }, plannedMs) {
      if (deadMan === undefined) throw new FaultError('nothing is injected without a dead-man');
      const kind = kindOf(options.kinds, fault);
      const victim = await kind.resolve(target, completeRequest(kind, request as never));
      checkReach(kind, victim);
      const observation = await kind.observe(target, victim);
      const description = kind.describe(victim);
      const id = `${records.length + 1}-${fault}`;
      await journal.append({
        type: 'inject-intended',
        injection: id,
        fault,
        target: description,
        healing: victim,
      });
      const subject = kind.subject(victim);
      const record: FaultRecord = { id, fault, victim, description, subject, injectedAtMs: nowMs() };
      records.push(record);
      holding = [...holding, { record, observation }];
      try {
        deadMan.hold(id, plannedMs);
        await kind.inject(target, victim);
      } catch (error) {
        await healAll('its injection failed');
        throw error;
      }
      await notes.append({ type: 'injected', injection: id });
      return record;
    },

    async prove() {
      await Promise.all(
        holding.map(async ({ record, observation }) => {
          record.proof = await observation.prove();
          await notes.append({
            type: 'proven',
            injection: record.id,
            proof: `${record.proof.acted ? 'acted' : 'did not act'}: ${record.proof.measurement}`,
          });
        }),
      );
    },

    healAll,

    async verify(timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      // What could not be healed would only be waited for in vain.
      const healed = records.filter(({ healedAtMs }) => healedAtMs !== undefined);
      for (;;) {
        await Promise.all(
          healed.map(async (record) => {
            record.residue = await kindOf(options.kinds, record.fault)
              .residue(target, record.victim)
              .catch((error: unknown) => [`${record.description} cannot be looked at: ${reasonOf(error)}`]);
          }),
        );
        const isClean = healed.every((record) => record.residue?.length === 0);
        if (isClean || signal?.aborted || performance.now() >= deadline) return;
        await sleep(250);
      }
    },

    isHolding: () => holding.length > 0,

    records: () => records,
  };
}

/**
 * Heals what a journal holds open, all at once: what a runner that died had injected, or was about to.
 *
 * @param open as verdict/journal.ts `openIntents` finds them
 * @returns what was healed and what could not be, in the journal's words
 */
export async function healLeftovers(options: {
  readonly target: Target;
  readonly kinds: Kinds;
  readonly open: readonly Pick<InjectIntent, 'injection' | 'fault' | 'target' | 'healing'>[];
  readonly journal: Pick<Journal, 'append'>;
}): Promise<Leftovers> {
  const notes = createNotes(options.journal);
  const healed: string[] = [];
  const problems: string[] = [];
  await Promise.all(
    options.open.map(async ({ injection, fault, target: description, healing }) => {
      try {
        await kindOf(options.kinds, fault).heal(options.target, healing as Victim);
        await notes.append({ type: 'healed', injection });
        healed.push(description);
      } catch (error) {
        problems.push(`${description}: ${reasonOf(error)}`);
      }
    }),
  );
  return { healed, problems };
}

/** What became of the faults that dead runners had left. */
export type Leftovers = { readonly healed: readonly string[]; readonly problems: readonly string[] };

function kindOf(kinds: Kinds, name: string): FaultKind<never> {
  const kind = kinds[name];
  if (kind === undefined) {
    throw new FaultError(
      `there is no fault ${JSON.stringify(name)}; known: ${Object.keys(kinds).join(', ')}`,
    );
  }
  return kind;
}
