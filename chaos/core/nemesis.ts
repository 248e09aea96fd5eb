import { performance } from 'node:perf_hooks';
import type { Target } from '../../targets/target.ts';
import {
  FaultError,
  type FaultKind,
  type FaultRequest,
  type Observation,
  type Proof,
  type Victim,
} from './fault.ts';

/** Where the nemesis writes down what it is about to do. Each call returns once the entry is on disk. */
export type FaultJournal = {
  intend(fault: PlannedFault): void;
  injected(id: string): void;
  healed(id: string): void;
};

/** A fault as the journal holds it: enough for another process to heal it. */
export type PlannedFault = {
  readonly id: string;
  /** The kind's name. */
  readonly fault: string;
  readonly victim: Victim;
  readonly description: string;
};

/** What is known about one fault of a run. */
export type FaultRecord = PlannedFault & {
  /** Milliseconds since the Unix epoch. */
  readonly injectedAtMs: number;
  healedAtMs?: number;
  proof?: Proof;
  /** What was still wrong after healing; empty when the rollback is verified, absent when it was not looked at. */
  residue?: readonly string[];
};

/** The part of a run that breaks things, and the only one that may. */
export type Nemesis = {
  /** Journals, then injects. When the injection fails, it has been healed before this throws. */
  inject(request: FaultRequest): Promise<void>;
  /** Asks every fault that holds for its proof. */
  prove(): Promise<void>;
  /** Heals everything that holds, the last first, and goes on after an error; throws the errors at the end. */
  healAll(): Promise<void>;
  /** Waits until no healed victim has residue left, or the time is over; records what is left. */
  verify(timeoutMs: number): Promise<void>;
  records(): readonly FaultRecord[];
};

type Kinds = Readonly<Record<string, FaultKind<never>>>;

export function createNemesis(options: {
  readonly target: Target;
  readonly kinds: Kinds;
  readonly journal: FaultJournal;
  readonly nowMs: () => number;
  readonly newId: () => string;
}): Nemesis {
  const { target, journal, nowMs } = options;
  const records: FaultRecord[] = [];
  /** The faults that may be in effect, in the order of injection. */
  const holding: { readonly record: FaultRecord; readonly observation: Observation }[] = [];

  async function heal(record: FaultRecord): Promise<void> {
    await kindOf(options.kinds, record.fault).heal(target, record.victim);
    record.healedAtMs = nowMs();
    journal.healed(record.id);
  }

  return {
    async inject({ fault, request }) {
      const kind = kindOf(options.kinds, fault);
      const victim = await kind.resolve(target, request as never);
      const observation = await kind.observe(target, victim);
      const planned = { id: options.newId(), fault, victim, description: kind.describe(victim) };
      journal.intend(planned);
      const record: FaultRecord = { ...planned, injectedAtMs: nowMs() };
      records.push(record);
      holding.push({ record, observation });
      try {
        await kind.inject(target, victim);
      } catch (error) {
        await heal(record);
        holding.pop();
        throw error;
      }
      journal.injected(planned.id);
    },

    async prove() {
      await Promise.all(
        holding.map(async ({ record, observation }) => {
          record.proof = await observation.prove();
        }),
      );
    },

    async healAll() {
      const errors: unknown[] = [];
      for (let last = holding.pop(); last !== undefined; last = holding.pop()) {
        await heal(last.record).catch((error: unknown) => errors.push(error));
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not every fault could be healed');
    },

    async verify(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        await Promise.all(
          records.map(async (record) => {
            record.residue = await kindOf(options.kinds, record.fault).residue(target, record.victim);
          }),
        );
        const isClean = records.every((record) => record.residue?.length === 0);
        if (isClean || performance.now() >= deadline) return;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },

    records: () => records,
  };
}

/**
 * Heals what a journal holds open: what a runner that died had injected, or was about to.
 *
 * @returns the descriptions of what was healed
 */
export async function healLeftovers(options: {
  readonly target: Target;
  readonly kinds: Kinds;
  readonly open: readonly PlannedFault[];
  readonly healed: (id: string) => void;
}): Promise<readonly string[]> {
  for (const planned of options.open.toReversed()) {
    await kindOf(options.kinds, planned.fault).heal(options.target, planned.victim);
    options.healed(planned.id);
  }
  return options.open.map((planned) => planned.description);
}

function kindOf(kinds: Kinds, name: string): FaultKind<never> {
  const kind = kinds[name];
  if (kind === undefined) {
    throw new FaultError(
      `there is no fault ${JSON.stringify(name)}; known: ${Object.keys(kinds).join(', ')}`,
    );
  }
  return kind;
}
