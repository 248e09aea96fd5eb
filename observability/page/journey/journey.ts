import type { Row, Waterfall } from '../waterfall.ts';
import type { OrderFacts } from './facts.ts';

/**
 * Draws an order that nobody traced from the times at which streams stored it; what was told late of it stands where it
 * belongs in time. Pure.
 *
 * @param late the waterfall of spans that were told after the fact, if there are any
 * @param nowMs until when an order that is not settled has waited
 */
export function journeyOf(facts: OrderFacts, late: Waterfall | undefined, nowMs: number): Waterfall {
  const { orderId, traceId, outcomes, deadLetters, stored, receivedAtMs } = facts;
  const ends = [stored, ...outcomes, ...deadLetters].map(({ atMs }) => atMs);
  const isSettled = facts.state !== 'accepted' || outcomes.length > 0 || deadLetters.length > 0;
  // Clocks that differ make no negative time.
  const startedAtMs = Math.min(receivedAtMs, ...ends, late?.startedAtMs ?? receivedAtMs);
  const lateRows = (late?.rows ?? []).map((row) => ({
    ...row,
    depth: row.depth + 1,
    startMs: row.startMs + (late?.startedAtMs ?? startedAtMs) - startedAtMs,
  }));
  const rows = [
    ...ownRows(facts, isSettled ? undefined : nowMs).map((row) => ({
      ...row,
      startMs: row.startMs - startedAtMs,
    })),
    ...lateRows,
  ].toSorted((a, b) => a.startMs - b.startMs || a.depth - b.depth);
  const terminalState = facts.state === 'accepted' ? outcomes[0]?.state : facts.state;
  return {
    origin: 'streams',
    ...(traceId === undefined ? {} : { traceId }),
    orderId,
    orders: 1,
    ...(terminalState === undefined ? {} : { terminalState }),
    startedAtMs,
    durationMs: Math.max(0, ...rows.map((row) => row.startMs + row.durationMs)),
    rows,
    spansLeftOut: 0,
    isPartial: false,
    notes: notesOf(facts, isSettled),
  };
}

/** What the streams know, at times since the Unix epoch. */
function ownRows(facts: OrderFacts, waitsUntilMs: number | undefined): readonly Row[] {
  const { receivedAtMs, stored, outcomes, deadLetters } = facts;
  const [first, ...again] = outcomes;
  const between = (fromMs: number, toMs: number) => ({
    startMs: fromMs,
    durationMs: Math.max(0, toMs - fromMs),
  });
  return [
    rowOf('received, then stored', 'order', between(receivedAtMs, stored.atMs), {
      ...placeOf(stored),
      ...(facts.runId === '' ? {} : { run: facts.runId }),
    }),
    ...(first === undefined
      ? []
      : [
          rowOf('waits, is charged, outcome stored', 'payment', between(stored.atMs, first.atMs), {
            ...placeOf(first),
            state: first.state,
            ...(first.reason === '' ? {} : { reason: first.reason }),
          }),
        ]),
    ...again.map((outcome, at) => ({
      ...rowOf('outcome stored again', 'payment', between(outcome.atMs, outcome.atMs), {
        ...placeOf(outcome),
        state: outcome.state,
      }),
      delivery: at + 2,
    })),
    ...deadLetters.map((letter) => ({
      ...rowOf('dead letter stored', 'payment', between(first?.atMs ?? stored.atMs, letter.atMs), {
        ...placeOf(letter),
        cause: letter.cause,
        detail: letter.detail,
      }),
      isError: true,
    })),
    ...(waitsUntilMs === undefined
      ? []
      : [
          {
            ...rowOf(whereItWaits(facts), 'nats', between(stored.atMs, waitsUntilMs), {}),
            kind: 'wait' as const,
          },
        ]),
  ];
}

function rowOf(
  name: string,
  service: string,
  when: Pick<Row, 'startMs' | 'durationMs'>,
  attributes: Row['attributes'],
): Row {
  const common = { kind: 'span', instance: '', depth: 0, isError: false, isLate: false } as const;
  return { ...common, name, service, ...when, attributes };
}

function placeOf({ stream, sequence, groupOrders }: OrderFacts['stored']): Readonly<Record<string, string>> {
  return {
    stored: `message ${sequence} of ${stream}`,
    group: groupOrders === 1 ? 'alone' : `with ${groupOrders - 1} other orders`,
  };
}

function whereItWaits({ stored, consumer }: OrderFacts): string {
  if (consumer === undefined) return 'waits for payment, or is with it';
  if (stored.sequence > consumer.delivered) return 'waits for payment';
  return stored.sequence > consumer.ackFloor
    ? 'was given to payment, not settled yet'
    : 'was acknowledged by payment, and has no outcome';
}

function notesOf(facts: OrderFacts, isSettled: boolean): readonly string[] {
  const { consumer, stored, outcomes, gaps } = facts;
  const isInHand =
    consumer !== undefined && stored.sequence <= consumer.delivered && stored.sequence > consumer.ackFloor;
  const ahead = consumer === undefined ? 0 : stored.sequence - consumer.delivered;
  return [
    'This order was not sampled. It is drawn from the times at which streams stored it, to the millisecond and by the clocks of the order service and of the brokers. What payment did in between, and when projections had it, is in no stream.',
    ...(outcomes.length > 1
      ? [`Its outcome was stored ${outcomes.length} times: its group was delivered again.`]
      : []),
    ...(!isSettled && ahead > 1
      ? [`${ahead - 1} ${ahead === 2 ? 'group is' : 'groups are'} given out before it.`]
      : []),
    ...(!isSettled && isInHand
      ? [`Payment holds ${consumer.inHand} groups, ${consumer.redelivered} of them delivered more than once.`]
      : []),
    ...gaps.map((gap) => `Not everything was looked through: ${gap}.`),
  ];
}
