import {
  formatSeconds,
  formatTime,
  type OrderSearch,
  type Row,
  type Waterfall,
} from '../observability/page/index.ts';
import { renderTable, wrapText } from '../verdict/report/table.ts';
import type { Terminal } from './terminal.ts';

type Colors = Terminal['colors'];

const columns = 120;
const barColumns = 32;

/** `trace`: each way that was found, as a line of text for each of its steps. */
export function renderTraces({ waterfalls }: OrderSearch, colors: Colors): string {
  return waterfalls.map((waterfall) => renderTrace(waterfall, colors)).join('\n\n');
}

function renderTrace(waterfall: Waterfall, colors: Colors): string {
  const { orderId, orders, traceId, terminalState, durationMs, rows, spansLeftOut, notes } = waterfall;
  const what = orderId === undefined ? `trace ${traceId} of ${orders} orders` : `order ${orderId}`;
  const end =
    terminalState ?? (waterfall.origin === 'trace' ? 'not settled, or not told' : 'not settled yet');
  const began = formatTime(waterfall.startedAtMs);
  const head = ['step', 'service', 'after', 'takes', ''];
  const table = renderTable([head, ...rows.map((row) => cellsOf(row, durationMs))], 'llrrl', 0, 200);
  const [heading = '', ...lines] = table;
  const remarks = [
    ...notes,
    ...(waterfall.isPartial ? ['This order was not sampled: only what failed or was slow was told.'] : []),
    ...(spansLeftOut > 0 ? [`The last ${spansLeftOut} steps are left out.`] : []),
  ];
  return [
    `${colors.bold(what)}: ${end}, ${formatSeconds(durationMs / 1_000)} from its first step to its last`,
    colors.dim(`began ${began}${traceId === undefined || orderId === undefined ? '' : `, trace ${traceId}`}`),
    ...remarks.flatMap((remark) => wrapText(remark, columns, 0).map((line) => colors.yellow(line))),
    '',
    colors.dim(heading),
    ...lines.map((line, at) => (rows[at]?.isError === true ? colors.red(line) : line)),
  ].join('\n');
}

function cellsOf(row: Row, totalMs: number): readonly string[] {
  const { name, service, instance, depth, startMs, durationMs, delivery, isError, isLate } = row;
  const remarks = [
    ...(delivery === undefined ? [] : [`delivery ${delivery}`]),
    ...(isError ? ['failed'] : []),
    ...(isLate ? ['told late'] : []),
  ];
  const step = `${'  '.repeat(depth)}${name}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`;
  return [
    step,
    instance === '' ? service : instance,
    formatSeconds(startMs / 1_000),
    formatSeconds(durationMs / 1_000),
    barOf(row, totalMs),
  ];
}

/** When it was, on one axis for all; waiting looks thinner than work. */
function barOf({ kind, startMs, durationMs }: Row, totalMs: number): string {
  const at = (ms: number) => (totalMs === 0 ? 0 : Math.round((ms / totalMs) * barColumns));
  const from = Math.min(at(startMs), barColumns - 1);
  const to = Math.max(from + 1, at(startMs + durationMs));
  return ' '.repeat(from) + (kind === 'wait' ? '·' : '█').repeat(to - from);
}
