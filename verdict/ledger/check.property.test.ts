import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLedger } from './check.ts';
import { simulate } from './fixtures/simulate.ts';
import type { Story } from './fixtures/stories.ts';
import { history, nowhere } from './fixtures/stories.ts';
import type { InvariantName } from './invariants.ts';

/** One thing that goes wrong with one order, and the invariant that must say so. */
type Mutation = {
  readonly name: string;
  readonly caughtAs: InvariantName;
  readonly appliesTo: (story: Story) => boolean;
  readonly mutate: (story: Story) => Partial<Story>;
};

const outcomeOf = (story: Story) => story.attempt?.outcome ?? 'accepted';
const isStored = (story: Story) => story.stored.length > 0;
const isCharged = (story: Story) => isStored(story) && story.outcomes.at(-1)?.state === undefined;
const isRedriven = (story: Story) => story.redrives > 0;
const sendsOf = (story: Story) => story.attempt?.sends ?? 1;

const mutations: readonly Mutation[] = [
  {
    name: 'the streams forget an accepted order',
    caughtAs: 'lost',
    appliesTo: (story) => isStored(story) && outcomeOf(story) === 'accepted',
    mutate: () => nowhere,
  },
  {
    name: 'the client never sent a stored order',
    caughtAs: 'phantom',
    appliesTo: isStored,
    mutate: () => ({ attempt: null }),
  },
  {
    name: 'a stored order was refused',
    caughtAs: 'refused-but-stored',
    appliesTo: isStored,
    mutate: () => ({ attempt: { outcome: 'refused' } }),
  },
  {
    name: 'the answer names another order',
    caughtAs: 'misidentified',
    appliesTo: (story) => outcomeOf(story) === 'accepted',
    mutate: (story) => ({ attempt: { ...story.attempt, answeredId: 'f'.repeat(32) } }),
  },
  {
    name: 'an order is stored with another amount',
    caughtAs: 'altered',
    appliesTo: isStored,
    mutate: (story) => ({ stored: story.stored.map((copy) => ({ ...copy, amountMinor: 1 })) }),
  },
  {
    name: 'an order is stored more often than it was sent',
    caughtAs: 'over-stored',
    appliesTo: isStored,
    mutate: (story) => ({ stored: Array.from({ length: sendsOf(story) + story.redrives + 1 }, () => ({})) }),
  },
  {
    name: 'the outcome gets lost',
    caughtAs: 'unsettled',
    appliesTo: isStored,
    mutate: () => ({ outcomes: [] }),
  },
  {
    name: 'a second outcome says something else',
    caughtAs: 'contradicted',
    appliesTo: (story) => isStored(story) && !isRedriven(story),
    mutate: (story) => ({ outcomes: [...story.outcomes, { state: 'dead-lettered' }] }),
  },
  {
    name: 'a redriven order is charged, but a replica goes on saying that it was given up',
    caughtAs: 'projection-disagrees',
    appliesTo: isRedriven,
    mutate: (story) => ({ projected: { ...story.projected, 'order-1': [{ state: 'dead-lettered' }] } }),
  },
  {
    name: 'the order is charged once more',
    caughtAs: 'double-charged',
    appliesTo: isCharged,
    mutate: (story) => ({ charges: [...story.charges, {}] }),
  },
  {
    name: 'the charge is off by one minor unit',
    caughtAs: 'mischarged',
    appliesTo: isCharged,
    mutate: (story) => ({ charges: [{ amountMinor: 1_001 + story.index }] }),
  },
  {
    name: 'the charge is made under another key',
    caughtAs: 'miskeyed',
    appliesTo: isCharged,
    mutate: () => ({ charges: [{ chargeKey: 'another' }] }),
  },
  {
    name: 'the provider forgets a charge',
    caughtAs: 'uncharged',
    appliesTo: isCharged,
    mutate: () => ({ charges: [] }),
  },
  {
    name: 'the provider charged what was not to be charged',
    caughtAs: 'unexplained-charge',
    appliesTo: (story) => isStored(story) && !isCharged(story),
    mutate: (story) => ({ charges: [...story.charges, {}] }),
  },
  {
    name: 'the provider knows nothing of a decline',
    caughtAs: 'unbacked-decline',
    appliesTo: (story) => story.outcomes[0]?.state === 'declined',
    mutate: () => ({ charges: [] }),
  },
  {
    name: 'an order that is not stored is charged',
    caughtAs: 'charge-without-order',
    appliesTo: (story) => !isStored(story),
    mutate: () => ({ charges: [{}] }),
  },
  {
    name: 'an order is given up',
    caughtAs: 'dead-lettered',
    appliesTo: isStored,
    mutate: () => ({ deadLetters: 1 }),
  },
  {
    name: 'a replica drops an order',
    caughtAs: 'projection-disagrees',
    appliesTo: isStored,
    mutate: (story) => ({ projected: { ...story.projected, 'order-1': [] } }),
  },
];

/** A simulated history and an order in which its facts may arrive. */
const runs = fc.record({
  stories: fc
    .record({ seed: fc.nat(), count: fc.integer({ min: 1, max: 60 }) })
    .map(({ seed, count }) => simulate(seed, count)),
  shuffleSeed: fc.nat(),
});

function judge(stories: readonly Story[], shuffleSeed: number) {
  const { table, inputs } = history(stories, {}, (facts) => shuffled(facts, shuffleSeed));
  return checkLedger(table, inputs);
}

describe('checkLedger over simulated histories', () => {
  it('passes every good history, in whatever order its facts arrive', () => {
    fc.assert(
      fc.property(runs, ({ stories, shuffleSeed }) => {
        expect(judge(stories, shuffleSeed)).toMatchObject({ verdict: 'PASS', findings: [], gaps: [] });
      }),
    );
  });

  it.each(mutations)('calls it $caughtAs when $name', ({ caughtAs, appliesTo, mutate }) => {
    fc.assert(
      fc.property(runs, fc.nat(), ({ stories, shuffleSeed }, pick) => {
        const candidates = stories.filter(appliesTo);
        fc.pre(candidates.length > 0);
        const victim = candidates[pick % candidates.length];
        const spoilt = stories.map((story) => (story === victim ? { ...story, ...mutate(story) } : story));
        const { verdict, findings } = judge(spoilt, shuffleSeed);
        expect(verdict).toBe('FAIL');
        expect(findings.map(({ invariant }) => invariant)).toContain(caughtAs);
      }),
    );
  });
});

/** Fisher-Yates with a multiplicative congruential generator (Lehmer, 2^31 - 1). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = (seed % 2_147_483_646) + 1;
  for (let at = result.length - 1; at > 0; at--) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (at + 1);
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}
