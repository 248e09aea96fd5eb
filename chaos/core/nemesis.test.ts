import { describe, expect, test } from 'vitest';
import type { Target } from '../../targets/target.ts';
import { platform } from '../../topology/platform.ts';
import type { Journal } from '../../verdict/index.ts';
import type { FaultKind } from './fault.ts';
import { createNemesis, healLeftovers } from './nemesis.ts';

/** A target that is never asked: the fault below acts on a list. */
const target = { name: 'local', topology: platform, isForTests: true } as Target;

/** A fault that writes down what is done to it, and fails where it is told to. */
function recordedFault(events: string[], failing: readonly string[] = []): FaultKind<{ edge: string }> {
  const act = (event: string) => {
    events.push(event);
    return failing.includes(event) ? Promise.reject(new Error(`${event} failed`)) : Promise.resolve();
  };
  return {
    name: 'stall',
    parameters: {},
    actsOn: { kind: 'edge', protocols: [] },
    disables: ({ edge }) => (edge === 'brokers' ? ['nats-0', 'nats-1'] : []),
    resolve: (_target, { edge }) => Promise.resolve({ edge }),
    describe: (victim) => `stall of ${victim.edge}`,
    subject: (victim) => String(victim.edge),
    observe: async (_target, victim) => ({
      prove: () => Promise.resolve({ acted: victim.edge !== 'idle', measurement: 'looked' }),
    }),
    inject: (_target, victim) => act(`inject ${victim.edge}`),
    heal: (_target, victim) => act(`heal ${victim.edge}`),
    residue: async (_target, victim) => {
      if (victim.edge === 'mute') throw new Error('no answer');
      return victim.edge === 'sticky' ? ['still there'] : [];
    },
  };
}

/** A journal that keeps the types of its entries. */
function journalInto(events: string[]): Pick<Journal, 'append'> {
  return {
    append: (event) => {
      events.push('injection' in event ? `${event.type} ${event.injection}` : event.type);
      return Promise.resolve();
    },
  };
}

function start(failing: readonly string[] = [], diskFullAt?: string) {
  const events: string[] = [];
  const journal = journalInto(events);
  const nemesis = createNemesis({
    target,
    kinds: { stall: recordedFault(events, failing) as FaultKind<never> },
    journal: {
      append: (event) =>
        event.type === diskFullAt ? Promise.reject(new Error('no space left')) : journal.append(event),
    },
    deadMan: {
      hold: (injection) => void events.push(`hold ${injection}`),
      release: (injection) => void events.push(`release ${injection}`),
    },
    blastRadius: { instancesMax: 1, brokersMax: 1 },
    nowMs: () => 0,
  });
  return { nemesis, events };
}

const stall = (edge: string) => ({ fault: 'stall', request: { edge } }) as const;

describe('the nemesis', () => {
  test('journals and takes a lease before it acts, and heals all faults at once', async () => {
    const { nemesis, events } = start();
    await nemesis.inject(stall('a'), 1_000);
    await nemesis.inject(stall('b'), 1_000);
    await nemesis.healAll('the hold is over');
    expect(events).toEqual([
      ...['inject-intended 1-stall', 'hold 1-stall', 'inject a', 'injected 1-stall'],
      ...['inject-intended 2-stall', 'hold 2-stall', 'inject b', 'injected 2-stall'],
      ...['heal-intended 1-stall', 'heal-intended 2-stall', 'heal a', 'heal b'],
      ...['release 1-stall', 'healed 1-stall', 'release 2-stall', 'healed 2-stall'],
    ]);
  });

  test('heals a fault whose injection failed half-way, and says so', async () => {
    const { nemesis, events } = start(['inject a']);
    await expect(nemesis.inject(stall('a'), 1_000)).rejects.toThrow('inject a failed');
    const healed = ['heal-intended 1-stall', 'heal a', 'release 1-stall', 'healed 1-stall'];
    expect(events).toEqual(['inject-intended 1-stall', 'hold 1-stall', 'inject a', ...healed]);
    await nemesis.healAll('the end');
    expect(events).toHaveLength(7);
  });

  test('goes on healing the others when one cannot be healed', async () => {
    const { nemesis, events } = start(['heal b']);
    await nemesis.inject(stall('a'), 1_000);
    await nemesis.inject(stall('b'), 1_000);
    await expect(nemesis.healAll('the end')).rejects.toThrow('not every fault could be healed');
    expect(events).toContain('healed 1-stall');
    expect(events).not.toContain('healed 2-stall');
  });

  test('injects nothing that it could not journal', async () => {
    const { nemesis, events } = start([], 'inject-intended');
    await expect(nemesis.inject(stall('a'), 1_000)).rejects.toThrow('no space left');
    expect(events).toEqual([]);
  });

  test('refuses to reach further than the experiment may, and has done nothing then', async () => {
    const { nemesis, events } = start();
    await expect(nemesis.inject(stall('brokers'), 1_000)).rejects.toThrow(
      'stall of brokers would reach further than this experiment may: 2 of nats (nats-0, nats-1), at most 1',
    );
    expect(events).toEqual([]);
  });

  test('refuses numbers that the fault does not know', async () => {
    const { nemesis } = start();
    const request = { edge: 'a', latencyMs: 5 };
    await expect(nemesis.inject({ fault: 'stall', request }, 1_000)).rejects.toThrow(
      'latencyMs: there is no such parameter; expected none',
    );
  });

  test.each(['injected', 'heal-intended', 'healed'])(
    'heals although the disk is full when it journals "%s"',
    async (type) => {
      const { nemesis, events } = start([], type);
      await nemesis.inject(stall('a'), 1_000);
      await nemesis.healAll('the hold is over');
      expect(events).toContain('heal a');
      expect(nemesis.records()[0]?.healedAtMs).toBe(0);
    },
  );

  test('records a fault that did not act, and residue that stays or cannot be seen', async () => {
    const { nemesis } = start();
    await nemesis.inject(stall('idle'), 1_000);
    await nemesis.inject(stall('sticky'), 1_000);
    await nemesis.inject(stall('mute'), 1_000);
    await nemesis.prove();
    await nemesis.healAll('the end');
    await nemesis.verify(0);
    expect(nemesis.records().map(({ proof, residue }) => [proof?.acted, residue])).toEqual([
      [false, []],
      [true, ['still there']],
      [true, ['stall of mute cannot be looked at: no answer']],
    ]);
  });

  test('heals what a dead runner left in the journal, and says what it could not heal', async () => {
    const events: string[] = [];
    const open = ['a', 'b', 'c'].map((edge) => ({
      type: 'inject-intended' as const,
      injection: edge,
      fault: 'stall',
      target: `stall of ${edge}`,
      healing: { edge },
    }));
    const leftovers = await healLeftovers({
      target,
      kinds: { stall: recordedFault(events, ['heal b']) as FaultKind<never> },
      open,
      journal: journalInto(events),
    });
    expect(events).toEqual(['heal a', 'heal b', 'heal c', 'healed a', 'healed c']);
    expect(leftovers).toEqual({
      healed: ['stall of a', 'stall of c'],
      problems: ['stall of b: heal b failed'],
    });
  });
});
