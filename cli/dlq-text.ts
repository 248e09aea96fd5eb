import type { DeadLetter } from '../proto/gen/orders/v1/orders_pb.js';
import type { Letter } from '../services/dead-letters/index.ts';
import { formatDuration, renderTable } from '../verdict/report/table.ts';

/** A letter for programs: no bytes, no customer. */
export function letterJson(letter: Letter) {
  return {
    number: letter.sequence,
    storedAt: new Date(letter.storedAtMs).toISOString(),
    cause: letter.cause,
    detail: letter.detail,
    orderId: letter.order?.orderId ?? null,
    runId: letter.order?.runId ?? null,
    stream: letter.stream,
    streamSequence: letter.streamSequence,
    indexInGroup: letter.indexInGroup,
    actions: letter.actions.map(({ action, by, note, atMs, copySequence }) => ({
      action,
      by,
      note,
      at: new Date(atMs).toISOString(),
      ...(copySequence === 0 ? {} : { copySequence }),
    })),
  };
}

/** One line a letter. @param nowMs milliseconds since the Unix epoch */
export function renderLetters(letters: readonly Letter[], nowMs: number): string {
  if (letters.length === 0) return 'no dead letters';
  const rows = letters.map((letter) => [
    String(letter.sequence),
    formatDuration(Math.max(0, nowMs - letter.storedAtMs) * 1_000),
    letter.cause,
    letter.order?.orderId ?? '-',
    `${letter.stream} #${letter.streamSequence}[${letter.indexInGroup}]`,
    doneTo(letter),
  ]);
  return renderTable(
    [['number', 'age', 'cause', 'order', 'stored at', 'done'], ...rows],
    'rrllll',
    0,
    160,
  ).join('\n');
}

function doneTo({ actions }: Letter): string {
  const newest = actions.at(-1);
  return newest === undefined ? 'nothing yet' : `${newest.action} by ${newest.by}`;
}

/** Bytes that are shown of a message that names no order. */
const shownBytes = 64;

/** Everything about one letter, for the person who decides on it. */
export function renderLetter(letter: Letter, { order, raw }: DeadLetter): string {
  const rows: (readonly [string, string])[] = [
    ['number', String(letter.sequence)],
    ['stored', new Date(letter.storedAtMs).toISOString()],
    ['cause', letter.cause],
    ['detail', letter.detail],
    ['about', `${letter.stream} #${letter.streamSequence}, number ${letter.indexInGroup} of its group`],
  ];
  if (order === undefined) {
    const more = raw.length > shownBytes ? ` … ${raw.length} bytes in all` : '';
    rows.push(['bytes', `${Buffer.from(raw.subarray(0, shownBytes)).toString('hex')}${more}`]);
  } else {
    rows.push(
      ['order', order.orderId],
      ['customer', order.customerId],
      ['client', order.clientId],
      ['amount', `${order.amountMinor} minor units of ${order.currency}, total_amount ${order.totalAmount}`],
      ['charge key', order.chargeKey],
      ['received', new Date(Number(order.receivedAtMs)).toISOString()],
      ...(order.runId === '' ? [] : [['run', order.runId] as const]),
    );
  }
  for (const { action, by, note, atMs, copySequence } of letter.actions) {
    const copy = copySequence === 0 ? '' : `, as ${letter.stream} #${copySequence}`;
    const why = note === '' ? '' : `: ${note}`;
    rows.push(['done', `${action} by ${by} at ${new Date(atMs).toISOString()}${copy}${why}`]);
  }
  return renderTable(rows, 'll', 0, 160).join('\n');
}
