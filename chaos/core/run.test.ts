import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../targets/target.ts';
import { platform } from '../../topology/platform.ts';
import type { Journal, JournalEvent } from '../../verdict/index.ts';
import { awaitRest } from './aftermath.ts';
import type { Experiment } from './experiment.ts';
import type { FaultKind } from './fault.ts';
import type { LoadGenerator } from './load.ts';
import { loadAndBreak } from './load-and-break.ts';
import { createNemesis } from './nemesis.ts';
import type { RunOptions } from './options.ts';
import { createPhaseLog } from './phases.ts';
import { runExperiment } from './run.ts';

const experiment: Experiment = {
  name: 'test',
  hypothesis: 'it is told what went wrong',
  load: { rate: 10, durationSeconds: 60 },
  steps: [{ at: 0, faults: [{ fault: 'stall', request: { edge: 'a-b' } }], holdMs: 60_000 }],
  tolerance: { unacceptedMax: 0, expected: [] },
  bounds: { steadyMs: 0, drainMs: 0, recoveryMs: 0, recoverMs: 0 },
  expects: {},
  aborts: { unreachableMs: 60_000, starvedMs: 60_000, failedShareMax: 1, diskFreeBytesMin: 0 },
  blastRadius: {},
};

function optionsWith(target: Partial<Target>, generator: LoadGenerator['send'] = never): RunOptions {
  const journal: Journal = { append: () => Promise.resolve(), close: () => Promise.resolve() };
  return {
    experiment,
    target: { name: 'local', topology: platform, isForTests: true, ...target } as Target,
    kinds: {},
    sweeps: [],
    startDeadMan: async () => ({
      pid: 1,
      leaseMs: 1,
      hold: () => {},
      release: () => {},
      intervened: new AbortController().signal,
      close: async () => {},
    }),
    generator: { client: 'recorder', send: generator },
    journal,
    runId: 'test-1',
    seed: 1,
    directory: '/nowhere',
    signal: new AbortController().signal,
    cores: 1,
    nowMs: Date.now,
    onFaults: () => {},
    onPhase: () => {},
    onStatus: () => {},
  };
}

const never = () => Promise.reject(new Error('it must not be asked'));

describe('a run', () => {
  const silent = () => Promise.reject(new Error('the target does not answer'));

  test('of a target that does not answer is inconclusive, and its report says why', async () => {
    const report = await runExperiment(optionsWith({ instances: silent, addresses: silent }));
    expect(report.decision.verdict).toBe('INCONCLUSIVE');
    const [steadyState] = report.decision.reasons.filter(({ code }) => code === 'steady-state');
    expect(steadyState?.text).toContain('the target does not answer');
    expect(report.phases.map(({ name }) => name)).toEqual(['steady state', 'drain', 'audit']);
  });

  test('whose journal is full from its second entry on ends with a report as well', async () => {
    let entries = 0;
    const append = (_event: JournalEvent) =>
      ++entries === 1 ? Promise.resolve() : Promise.reject(new Error('no space left'));
    const options = optionsWith({ instances: silent, addresses: silent });
    const report = await runExperiment({ ...options, journal: { ...options.journal, append } });
    expect(report.decision.verdict).toBe('INCONCLUSIVE');
  });
});

/** A fault that writes down what is done to it. */
function recorded(acts: string[]): FaultKind<never> {
  const kind: FaultKind<{ edge: string }> = {
    name: 'stall',
    parameters: {},
    actsOn: { kind: 'edge', protocols: [] },
    resolve: (_target, { edge }) => Promise.resolve({ edge }),
    describe: () => 'stall',
    subject: () => 'a-b',
    disables: () => [],
    observe: async () => ({ prove: async () => ({ acted: true, measurement: 'seen' }) }),
    inject: async () => void acts.push('inject'),
    heal: async () => void acts.push('heal'),
    residue: async () => [],
  };
  return kind as FaultKind<never>;
}

/** A load that has begun, and ends so. */
function begun(end: Promise<never>): LoadGenerator['send'] {
  return ({ onProgress }) => {
    onProgress({ text: 'sending' });
    return end;
  };
}

/** Sends a load to a service that nobody can reach, with a stall in it. */
function loadOf(
  generator: LoadGenerator['send'],
  given: { readonly acts: string[]; readonly onJournaled?: (type: string) => void } & Partial<RunOptions>,
  abort: (reason: Error) => void = () => {},
) {
  const { acts, onJournaled = () => {}, ...changes } = given;
  const unreachable = { addresses: async () => ({ order: ['http://127.0.0.1:1'] }) as never };
  const options = { ...optionsWith(unreachable, generator), ...changes };
  const { journal, nowMs, onPhase } = options;
  const nemesis = createNemesis({
    target: options.target,
    kinds: { stall: recorded(acts) },
    journal: { append: async ({ type }) => onJournaled(type) },
    nowMs,
    deadMan: { hold: () => {}, release: () => {} },
    blastRadius: { instancesMax: 1, brokersMax: 1 },
  });
  return loadAndBreak({
    ...options,
    nemesis,
    phases: createPhaseLog({ journal, nowMs, onPhase }),
    usage: { sample: async () => {}, usedUs: () => new Map(), lagMs: () => 0 },
    abort,
  });
}

describe('the load of a run', () => {
  test('whose generator dies while a fault holds ends healed, with what the generator said', async () => {
    const acts: string[] = [];
    const died = Promise.withResolvers<never>();
    const outcome = await loadOf(begun(died.promise), {
      acts,
      onJournaled(type) {
        if (type === 'proven') died.reject(new Error('the recorder died'));
      },
    });
    expect(outcome).toMatchObject({ problem: 'the recorder died', failures: [] });
    expect(acts).toEqual(['inject', 'heal']);
  });

  test('that passes an abort limit while a fault holds is ended, and healed', async () => {
    const acts: string[] = [];
    const ending = new AbortController();
    const sent = Promise.withResolvers<never>();
    ending.signal.addEventListener('abort', () => sent.reject(new Error('stopped early')));
    const aborts = { ...experiment.aborts, unreachableMs: 0 };
    await loadOf(
      begun(sent.promise),
      { acts, experiment: { ...experiment, aborts }, directory: tmpdir(), signal: ending.signal },
      (reason) => ending.abort(reason),
    );
    expect(ending.signal.reason.message).toMatch(
      /^an abort condition at \d\d:\d\d:\d\d UTC: the order service was unreachable for 1\.\d s \(limit 0\.0 s\)$/,
    );
    expect(acts).toEqual(['inject', 'heal']);
  });
});

describe('the rest after a run', () => {
  test('finds a fault healed that could be healed only after the drain', async () => {
    const acts: string[] = [];
    const stall = recorded(acts);
    const heal = async () => {
      acts.push('heal');
      if (acts.length === 2) throw new Error('no broker answers');
    };
    const options = optionsWith({ addresses: never });
    const nemesis = createNemesis({
      target: options.target,
      kinds: { stall: { ...stall, heal } },
      journal: options.journal,
      nowMs: () => 7,
      deadMan: { hold: () => {}, release: () => {} },
      blastRadius: { instancesMax: 1, brokersMax: 1 },
    });
    const record = await nemesis.inject({ fault: 'stall', request: { edge: 'a-b' } }, 1_000);
    await awaitRest(options, nemesis);
    expect(acts).toEqual(['inject', 'heal', 'heal']);
    expect(record).toMatchObject({ healedAtMs: 7, residue: [] });
  });
});
