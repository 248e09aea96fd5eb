import { describe, expect, it } from 'vitest';
import type { LedgerInputs } from './check.ts';
import { checkLedger } from './check.ts';
import type { Story } from './fixtures/stories.ts';
import {
  charged,
  conflict,
  deadLettered,
  declined,
  history,
  idOf,
  inBoth,
  nowhere,
  redriven,
  unstored,
} from './fixtures/stories.ts';
import type { InvariantName } from './invariants.ts';
import { invariantNames } from './invariants.ts';
import { whole } from './sources.ts';

const check = (stories: readonly Story[], otherwise?: Partial<LedgerInputs>) => {
  const { table, inputs } = history(stories, otherwise);
  return checkLedger(table, inputs);
};

type BadHistory = {
  readonly name: string;
  readonly stories: readonly Story[];
  readonly otherwise?: Partial<LedgerInputs>;
  /** Each broken invariant with its breaches; nothing else may be found. */
  readonly breaks: Partial<Record<InvariantName, Record<string, number>>>;
};

const message = { stream: 'ORDERS', sequence: 7, problem: 'premature end' };

const badHistories: readonly BadHistory[] = [
  {
    name: 'accepted orders at the beginning of the run that no stream has',
    stories: [charged(0, nowhere), charged(1, nowhere), charged(2), charged(3)],
    breaks: { lost: { prefix: 2 } },
  },
  {
    name: 'an accepted order amid others that no stream has',
    stories: [charged(0), charged(1, nowhere), charged(2)],
    breaks: { lost: { middle: 1 } },
  },
  {
    name: 'the last accepted orders gone with the end of the stream',
    stories: [charged(0), charged(1), charged(2, nowhere), charged(3, nowhere)],
    breaks: { lost: { postfix: 2 } },
  },
  {
    name: 'every accepted order gone',
    stories: [charged(0, nowhere), charged(1, nowhere)],
    breaks: { lost: { everything: 2 } },
  },
  {
    name: 'a stored order of the run that nobody sent',
    stories: [charged(0), charged(1, { attempt: null })],
    breaks: { phantom: { 'never attempted': 1 } },
  },
  {
    name: 'an order that was refused for certain and stored all the same',
    stories: [charged(0), charged(1, { attempt: { outcome: 'refused' } })],
    breaks: { 'refused-but-stored': { refused: 1 } },
  },
  {
    name: 'a 201 that carries the id of another order',
    stories: [charged(0), charged(1, { attempt: { answeredId: idOf(99) } })],
    breaks: { misidentified: { 'other id answered': 1 } },
  },
  {
    name: 'an order stored with another amount than was sent, and charged so',
    stories: [
      charged(0),
      charged(1, {
        attempt: { amountMinor: 5 },
      }),
    ],
    breaks: { altered: { 'not what was sent': 1 } },
  },
  {
    name: 'two copies of an order that differ',
    stories: [charged(0), charged(1, { attempt: { sends: 2 }, stored: [{}, { currency: 'USD' }] })],
    breaks: {
      altered: { 'copies differ': 1 },
      contradicted: { 'other amount': 1 },
      mischarged: { 'other amount': 1 },
      'projection-disagrees': { 'order-0: other amount, order-1: other amount': 1 },
    },
  },
  {
    name: 'an order stored twice that was sent once',
    stories: [charged(0), charged(1, { stored: [{}, { position: 9 }] })],
    breaks: { 'over-stored': { 'more copies than sends': 1 } },
  },
  {
    name: 'an order stored twice though the first of its two sends was refused for certain',
    stories: [charged(0, { attempt: { sends: 2, storableSends: 1 }, stored: [{}, { position: 9 }] })],
    breaks: { 'over-stored': { 'more copies than sends': 1 } },
  },
  {
    name: 'a message that no reader understands',
    stories: [charged(0)],
    otherwise: { undecodable: [message] },
    breaks: { undecodable: { 'no order': 1 } },
  },
  {
    name: 'a stored order without any outcome',
    stories: [charged(0), charged(1, { outcomes: [], charges: [], projected: inBoth('accepted') })],
    breaks: { unsettled: { 'no outcome': 1 } },
  },
  {
    name: 'an order that was charged, with no word of it in the outcomes',
    stories: [charged(0), charged(1, { outcomes: [], projected: inBoth('accepted') })],
    breaks: { unsettled: { 'no outcome': 1 } },
  },
  {
    name: 'an order that ended twice, in different states',
    stories: [
      charged(0),
      charged(1, {
        outcomes: [{}, { state: 'declined' }],
        charges: [{}, { state: 'declined' }],
      }),
    ],
    breaks: { contradicted: { 'two terminal states': 1 } },
  },
  {
    name: 'an outcome for an order that is not stored',
    stories: [charged(0), charged(1, { ...nowhere, attempt: null, outcomes: [{ state: 'conflict' }] })],
    breaks: { contradicted: { 'outcome without order': 1 } },
  },
  {
    name: 'repeated outcomes that name different charges',
    stories: [charged(0), charged(1, { outcomes: [{}, { chargeId: 'ch-other' }] })],
    breaks: { contradicted: { 'other reason or charge': 1 } },
  },
  {
    name: 'an outcome with another amount than the order',
    stories: [charged(0), charged(1, { outcomes: [{ amountMinor: 7 }] })],
    breaks: { contradicted: { 'other amount': 1 } },
  },
  {
    name: 'an order charged twice',
    stories: [charged(0), charged(1, { charges: [{}, {}] })],
    breaks: { 'double-charged': { 'charged more than once': 1 } },
  },
  {
    name: 'an order charged twice under random keys',
    stories: [charged(0), charged(1, { charges: [{ chargeKey: 'r1' }, { chargeKey: 'r2' }] })],
    breaks: { 'double-charged': { 'charged more than once': 1 }, miskeyed: { 'other charge key': 1 } },
  },
  {
    name: 'an order charged once, under a key that a retry would not use again',
    stories: [charged(0), charged(1, { charges: [{ chargeKey: 'r1' }] })],
    breaks: { miskeyed: { 'other charge key': 1 } },
  },
  {
    name: 'an order charged with another amount',
    stories: [charged(0), charged(1, { charges: [{ amountMinor: 100_100 }] })],
    breaks: { mischarged: { 'other amount': 1 } },
  },
  {
    name: 'an order charged in another currency',
    stories: [charged(0), charged(1, { charges: [{ currency: 'JPY' }] })],
    breaks: { mischarged: { 'other amount': 1 } },
  },
  {
    name: 'an outcome that says charged where the provider has nothing',
    stories: [charged(0), charged(1, { charges: [] })],
    breaks: { uncharged: { 'no charge': 1 } },
  },
  {
    name: 'a charge of an order whose outcome says declined',
    stories: [charged(0), declined(1, { charges: [{}, { state: 'declined' }] })],
    breaks: { 'unexplained-charge': { 'outcome says otherwise': 1 } },
  },
  {
    name: 'a charge of an order whose outcome says conflict',
    stories: [charged(0), conflict(1, { charges: [{}] })],
    breaks: { 'unexplained-charge': { 'outcome says otherwise': 1 } },
  },
  {
    name: 'an outcome that says declined where the provider never declined',
    stories: [charged(0), declined(1, { charges: [] })],
    breaks: { 'unbacked-decline': { 'no decline': 1 } },
  },
  {
    name: 'a charge of an order that is not stored',
    stories: [charged(0), charged(1, { ...nowhere, attempt: { outcome: 'unknown' }, charges: [{}] })],
    breaks: { 'charge-without-order': { 'not stored': 1 } },
  },
  {
    name: 'an order that was given up',
    stories: [charged(0), deadLettered(1)],
    breaks: { 'dead-lettered': { 'dead letter': 1 } },
  },
  {
    name: 'an order said to be given up without a dead letter to redrive',
    stories: [charged(0), deadLettered(1, { deadLetters: 0 })],
    breaks: { 'dead-lettered': { 'outcome without dead letter': 1 } },
  },
  {
    name: 'a dead letter that was said to be redriven before its copy was stored, which then never was',
    stories: [charged(0), deadLettered(1, { deadLetters: 0, redrives: 0 })],
    breaks: { 'dead-lettered': { 'outcome without dead letter': 1 } },
  },
  {
    name: 'a redriven order that nobody has settled since',
    stories: [charged(0), deadLettered(1, { deadLetters: 0, redrives: 1, stored: [{}, {}] })],
    breaks: { 'dead-lettered': { 'outcome without dead letter': 1 } },
  },
  {
    name: 'a redriven order that was charged while its dead letter is open still',
    stories: [charged(0), redriven(1, { deadLetters: 1 })],
    breaks: { 'dead-lettered': { 'dead letter': 1 } },
  },
  {
    name: 'a redriven order that was charged twice',
    stories: [charged(0), redriven(1, { charges: [{}, {}] })],
    breaks: { 'double-charged': { 'charged more than once': 1 } },
  },
  {
    name: 'a redriven order that ended in two ways beside its dead letter',
    stories: [
      charged(0),
      redriven(1, {
        outcomes: [{ state: 'dead-lettered' }, {}, { state: 'declined' }],
        charges: [{}, { state: 'declined' }],
      }),
    ],
    breaks: { contradicted: { 'two terminal states': 1 } },
  },
  {
    name: 'a redriven order that was charged, and that a projection shows as dead-lettered still',
    stories: [
      charged(0),
      redriven(1, { projected: { 'order-0': [{}], 'order-1': [{ state: 'dead-lettered' }] } }),
    ],
    breaks: { 'projection-disagrees': { 'order-1: other state': 1 } },
  },
  {
    name: 'an order that was charged and dead-lettered, though nobody put it back',
    stories: [charged(0), redriven(1, { redrives: 0, attempt: { sends: 2 } })],
    breaks: {
      contradicted: { 'two terminal states': 1 },
      'dead-lettered': { 'outcome without dead letter': 1 },
    },
  },
  {
    name: 'more copies than sends and redrives',
    stories: [charged(0), redriven(1, { stored: [{}, {}, {}] })],
    breaks: { 'over-stored': { 'more copies than sends': 1 } },
  },
  {
    name: 'a dead letter about a message that names no order',
    stories: [charged(0)],
    otherwise: { orderlessDeadLetters: [{ ...message, stream: 'DEAD_LETTERS' }] },
    breaks: { undecodable: { 'no order': 1 } },
  },
  {
    name: 'a projection that drops an order',
    stories: [charged(0), charged(1, { projected: { 'order-0': [{}] } })],
    breaks: { 'projection-disagrees': { 'order-1: missing': 1 } },
  },
  {
    name: 'a projection that shows an order nobody stored',
    stories: [charged(0), charged(1, { ...nowhere, attempt: null, projected: { 'order-0': [{}] } })],
    breaks: { 'projection-disagrees': { 'order-0: extra': 1 } },
  },
  {
    name: 'projections that show another state, each in its way',
    stories: [
      charged(0),
      charged(1, { projected: { 'order-0': [{ state: 'accepted' }], 'order-1': [{ state: 'declined' }] } }),
    ],
    breaks: { 'projection-disagrees': { 'order-0: other state, order-1: other state': 1 } },
  },
  {
    name: 'a projection that shows another amount',
    stories: [charged(0), charged(1, { projected: { 'order-0': [{ amountMinor: 1 }], 'order-1': [{}] } })],
    breaks: { 'projection-disagrees': { 'order-0: other amount': 1 } },
  },
  {
    name: 'a projection that lists an order in two states',
    stories: [
      charged(0),
      charged(1, { projected: { 'order-0': [{}, { state: 'accepted' }], 'order-1': [{}] } }),
    ],
    breaks: { 'projection-disagrees': { 'order-0: listed twice': 1 } },
  },
];

describe('checkLedger on known-bad histories', () => {
  it.each(badHistories)('finds $name', ({ stories, otherwise, breaks }) => {
    const { findings, verdict } = check(stories, otherwise);
    expect(Object.fromEntries(findings.map(({ invariant, breaches }) => [invariant, breaches]))).toEqual(
      breaks,
    );
    expect(verdict).toBe('FAIL');
  });

  it('has a bad history for every invariant', () => {
    const shown = new Set(badHistories.flatMap(({ breaks }) => Object.keys(breaks)));
    expect([...invariantNames].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('shows ten sample orders with what was seen of them, and counts the rest', () => {
    const stories = Array.from({ length: 30 }, (_, index) =>
      charged(index, index < 25 ? { charges: [{}, {}] } : {}),
    );
    const [finding] = check(stories).findings;
    expect(finding?.count).toBe(25);
    expect(finding?.samples).toHaveLength(10);
    expect(finding?.samples[3]).toEqual({
      subject: idOf(3),
      breach: 'charged more than once',
      evidence:
        'index 3 accepted after 1 send at position 4 (1003 EUR); stored 1 time, first at 4 (1003 EUR); ' +
        '1 outcome: charged; provider: 2 charges (1003 EUR); order-0: charged; order-1: charged',
    });
  });
});

describe('checkLedger on known-good histories', () => {
  const goodHistories: readonly {
    name: string;
    stories: readonly Story[];
    otherwise?: Partial<LedgerInputs>;
  }[] = [
    { name: 'orders charged, declined and in conflict', stories: [charged(0), declined(1), conflict(2)] },
    {
      name: 'an order stored twice by two sends, with the same outcome twice',
      stories: [charged(0, { attempt: { sends: 2 }, stored: [{}, { position: 5 }], outcomes: [{}, {}] })],
    },
    {
      name: 'unknown answers, one of them stored, and a refusal',
      stories: [
        charged(0),
        charged(1, { attempt: { outcome: 'unknown' } }),
        unstored(2, { outcome: 'unknown' }),
        unstored(3, { outcome: 'refused' }),
      ],
    },
    {
      name: 'a dead letter that the run brought about',
      stories: [charged(0), deadLettered(1)],
      otherwise: { expected: new Set(['dead-lettered']) },
    },
    { name: 'a dead letter that was redriven and charged', stories: [redriven(0)] },
    {
      name: 'a dead letter that was redriven twice, by somebody who was killed, and settled twice',
      stories: [
        redriven(0, {
          redrives: 2,
          stored: [{}, { position: 5 }, { position: 6 }],
          outcomes: [{ state: 'dead-lettered', reason: 'charge_failed', chargeId: '' }, {}, {}],
        }),
      ],
    },
    {
      name: 'a dead letter that was discarded',
      stories: [charged(0), deadLettered(1, { deadLetters: 0, isDiscarded: true })],
    },
    {
      name: 'orders of a client that keeps no answers',
      stories: [charged(0, { attempt: { answeredId: undefined } })],
    },
  ];

  it.each(goodHistories)('passes $name', ({ stories, otherwise }) => {
    const result = check(stories, otherwise);
    expect(result.findings.filter(({ isExpected }) => !isExpected)).toEqual([]);
    expect(result).toMatchObject({ verdict: 'PASS', gaps: [], notChecked: [], checked: invariantNames });
  });

  it('counts how every order fared', () => {
    const result = check([
      charged(0, { attempt: { sends: 2 }, stored: [{}, {}] }),
      declined(1),
      conflict(2),
      charged(3, { attempt: { outcome: 'unknown' } }),
      unstored(4, { outcome: 'unknown' }),
      unstored(5, { outcome: 'refused' }),
      redriven(6),
    ]);
    expect(result.counts).toEqual({
      attempted: 7,
      accepted: 4,
      unknown: 2,
      refused: 1,
      stored: 5,
      copies: 7,
      unknownStored: 1,
      unknownNotStored: 1,
      charged: 3,
      declined: 1,
      conflict: 1,
      deadLettered: 0,
      unsettled: 0,
      charges: 3,
      projected: { 'order-0': 5, 'order-1': 5 },
    });
  });
});

describe('checkLedger on what it has not seen', () => {
  const sources = history([]).inputs.sources;
  const part = { kind: 'part', why: 'it was cut short' } as const;
  const notUsed = { kind: 'not-used', why: 'audited without a client history' } as const;

  it('does not pass an empty run', () => {
    expect(check([])).toMatchObject({ verdict: 'INCONCLUSIVE', findings: [] });
    expect(check([unstored(0, { outcome: 'refused' })])).toMatchObject({ verdict: 'INCONCLUSIVE' });
  });

  it.each([
    ['history', ['phantom']],
    ['orders', ['lost', 'charge-without-order', 'projection-disagrees']],
    ['outcomes', ['unsettled', 'projection-disagrees']],
    ['dead-letters', []],
    ['provider', ['uncharged', 'unbacked-decline']],
    ['drain', ['unsettled', 'charge-without-order', 'projection-disagrees']],
  ] as const)('takes no absence for a fact where %s was cut short', (source, unchecked) => {
    const result = check([charged(0)], { sources: { ...sources, [source]: part } });
    expect(result.notChecked.map(({ invariant }) => invariant)).toEqual(unchecked);
    expect(result).toMatchObject({ verdict: 'INCONCLUSIVE', gaps: [`${source}: it was cut short`] });
  });

  it('still fails for what it has seen where a source was cut short', () => {
    const result = check([charged(0, { charges: [{}, {}] })], { sources: { ...sources, provider: part } });
    expect(result.verdict).toBe('FAIL');
  });

  it('says which invariants an audit without client history leaves unchecked, and passes the others', () => {
    const result = check([charged(0, { attempt: null })], { sources: { ...sources, history: notUsed } });
    expect(result.notChecked).toEqual(
      ['lost', 'phantom', 'refused-but-stored', 'misidentified', 'over-stored'].map((invariant) => ({
        invariant,
        why: 'history: audited without a client history',
      })),
    );
    expect(result.verdict).toBe('PASS');
    expect(result.checked).not.toContain('lost');
  });

  it('compares the replicas that it read whole, and is not content with them', () => {
    const replicas = new Map([
      ['order-0', whole],
      ['order-1', part],
    ]);
    const silent = charged(0, { projected: { 'order-0': [{}] } });
    expect(check([silent], { replicas })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      findings: [],
      gaps: ['projection of order-1: it was cut short'],
    });
    const wrong = charged(0, { projected: { 'order-1': [{}] } });
    expect(check([wrong], { replicas }).findings[0]?.breaches).toEqual({ 'order-0: missing': 1 });
  });

  it('does not pass when no replica was asked', () => {
    expect(check([charged(0)], { replicas: new Map() })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      gaps: ['projections: no replica was asked'],
    });
  });

  it('reports messages that were removed from the middle of a stream as a gap', () => {
    const orders = { kind: 'whole', remark: '2 messages have been removed' } as const;
    expect(check([charged(0)], { sources: { ...sources, orders } })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      gaps: ['orders: 2 messages have been removed'],
      notChecked: [],
    });
  });
});
