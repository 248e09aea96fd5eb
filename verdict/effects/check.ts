import type { Verdict } from '../verdicts.ts';

/** One request of a client, all its repeats together. */
export type Attempt = {
  readonly id: string;
  /** `unknown`: no answer, or one that leaves it open. It may be stored, and need not be. */
  readonly answer: 'accepted' | 'refused' | 'unknown';
  /** What was asked for, in any spelling that {@link Stored} and {@link Effect} share; default nothing. */
  readonly content?: string;
};

/** What the service says that it keeps. */
export type Stored = { readonly id: string; readonly content?: string };

/** What came of it in the world, where that is recorded: one each time that it happened. */
export type Effect = { readonly id: string; readonly content?: string };

type Source<T> = Iterable<T> | AsyncIterable<T>;

/** How a service's witnesses are read, each once and to its end. What throws is a source that was not seen whole. */
export type LedgerAdapter = {
  attempted(): Source<Attempt>;
  stored(): Source<Stored>;
  effected(): Source<Effect>;
};

export type EffectsRule =
  | 'lost'
  | 'phantom'
  | 'refused-but-stored'
  | 'unsettled'
  | 'repeated'
  | 'uncaused'
  | 'altered';

export type EffectsFinding = {
  readonly rule: EffectsRule;
  readonly meaning: string;
  readonly count: number;
  /** The first ids, at most 10. */
  readonly samples: readonly string[];
};

export type EffectsReport = {
  readonly verdict: Exclude<Verdict, 'ABORTED'>;
  readonly counts: {
    readonly attempted: number;
    readonly accepted: number;
    readonly stored: number;
    readonly effects: number;
  };
  readonly findings: readonly EffectsFinding[];
  /** What was not seen whole, and why: it makes a verdict of nothing found INCONCLUSIVE. */
  readonly gaps: readonly string[];
};

const samplesMax = 10;

/** All that was said of one id. */
type Story = { attempt?: Attempt; stored?: Stored; effects: Effect[] };

type Rule = {
  readonly meaning: string;
  readonly breaks: (story: Story) => boolean;
  readonly needs: readonly Name[];
};
type Name = keyof LedgerAdapter;

const isStored = ({ stored }: Story) => stored !== undefined;

/** `needs`: in whose absence the rule takes an absence for a fact. */
const rules: Readonly<Record<EffectsRule, Rule>> = {
  lost: {
    meaning: 'accepted, and not stored',
    breaks: (story) => story.attempt?.answer === 'accepted' && !isStored(story),
    needs: ['stored'],
  },
  phantom: {
    meaning: 'stored, and never attempted',
    breaks: (story) => isStored(story) && story.attempt === undefined,
    needs: ['attempted'],
  },
  'refused-but-stored': {
    meaning: 'refused, and stored all the same',
    breaks: (story) => isStored(story) && story.attempt?.answer === 'refused',
    needs: [],
  },
  unsettled: {
    meaning: 'stored, and without an effect',
    breaks: (story) => isStored(story) && story.effects.length === 0,
    needs: ['effected'],
  },
  repeated: {
    meaning: 'effected more than once',
    breaks: ({ effects }) => effects.length > 1,
    needs: [],
  },
  uncaused: {
    meaning: 'effected, and not stored',
    breaks: (story) => story.effects.length > 0 && !isStored(story),
    needs: ['stored'],
  },
  altered: {
    meaning: 'stored or effected with another content than was asked for',
    breaks: ({ attempt, stored, effects }) => {
      const contents = [attempt, stored, ...effects].flatMap((part) =>
        part === undefined ? [] : [part.content],
      );
      return new Set(contents).size > 1;
    },
    needs: [],
  },
};

/**
 * Reads an adapter causes before effects and holds every id against the rules.
 *
 * @returns FAIL when a rule is broken; INCONCLUSIVE when a source was not read whole, or nothing was accepted; else PASS
 */
export async function checkEffects(adapter: LedgerAdapter): Promise<EffectsReport> {
  const stories = new Map<string, Story>();
  const story = (id: string): Story => {
    const known = stories.get(id) ?? { effects: [] };
    stories.set(id, known);
    return known;
  };
  const gaps = new Map<Name, string>();
  const read = async <T>(name: Name, source: () => Source<T>, take: (item: T) => void) => {
    let count = 0;
    try {
      for await (const item of source()) {
        take(item);
        count++;
      }
    } catch (error) {
      gaps.set(name, `${name}: ${error instanceof Error ? error.message : String(error)}, after ${count}`);
    }
    return count;
  };
  let accepted = 0;
  const attempted = await read(
    'attempted',
    () => adapter.attempted(),
    (attempt) => {
      story(attempt.id).attempt = attempt;
      if (attempt.answer === 'accepted') accepted++;
    },
  );
  const stored = await read(
    'stored',
    () => adapter.stored(),
    (item) => {
      story(item.id).stored = item;
    },
  );
  const effects = await read(
    'effected',
    () => adapter.effected(),
    (effect) => story(effect.id).effects.push(effect),
  );

  const findings = findBroken(stories, gaps);
  const nothing = accepted === 0 ? ['nothing was accepted: there is nothing to judge'] : [];
  const allGaps = [...gaps.values(), ...nothing];
  return {
    verdict: findings.length > 0 ? 'FAIL' : allGaps.length > 0 ? 'INCONCLUSIVE' : 'PASS',
    counts: { attempted, accepted, stored, effects },
    findings,
    gaps: allGaps,
  };
}

function findBroken(
  stories: ReadonlyMap<string, Story>,
  gaps: ReadonlyMap<Name, string>,
): readonly EffectsFinding[] {
  return Object.entries(rules).flatMap(([rule, { meaning, breaks, needs }]) => {
    if (needs.some((name) => gaps.has(name))) return [];
    const broken = [...stories].filter(([, told]) => breaks(told)).map(([id]) => id);
    if (broken.length === 0) return [];
    const samples = broken.slice(0, samplesMax);
    return [{ rule: rule as EffectsRule, meaning, count: broken.length, samples }];
  });
}
