import { attributes } from '../names/spans.ts';

/** A trace as its store tells it. Times are milliseconds since the Unix epoch, to the microsecond. */
export type Trace = { readonly traceId: string; readonly spans: readonly Span[] };

export type Span = {
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
  readonly instance: string;
  /** `server`, `client`, `producer`, `consumer`; empty when it was not told. */
  readonly kind: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string>>;
};

/** A line of a waterfall: something that was done, or the time in which a message waited for it. */
export type Row = {
  readonly kind: 'span' | 'wait';
  readonly name: string;
  readonly service: string;
  readonly instance: string;
  /** How many spans it stands below. */
  readonly depth: number;
  /** After the first span began. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly isError: boolean;
  /** Told after the fact, of an order that was not sampled. */
  readonly isLate: boolean;
  /** The how manieth delivery of the same message this is; absent for what came once. */
  readonly delivery?: number;
  readonly attributes: Readonly<Record<string, string>>;
};

export type Waterfall = {
  readonly traceId: string;
  readonly orderId?: string;
  readonly terminalState?: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly rows: readonly Row[];
  /** How many spans there are besides, the last ones: nobody reads thousands of lines. */
  readonly spansLeftOut: number;
  /** All of it was told late: the order was not sampled, and only what failed or was slow is known. */
  readonly isPartial: boolean;
};

/** As many spans are drawn; an order has some dozens, a batch shares its trace. */
const spansMax = 2_000;

/**
 * The part of a trace that is about one order: the orders of a batch may share a trace, each below a first span of its own.
 * The whole trace where the id is no order's of it, or where there is but one.
 */
export function ofOrder({ traceId, spans }: Trace, id: string): Trace {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const firstOf = (span: Span): Span => {
    const seen = new Set<Span>();
    let at = span;
    for (
      let up: Span | undefined = span;
      up !== undefined && !seen.has(up);
      up = byId.get(up.parentId ?? '')
    ) {
      seen.add(up);
      at = up;
    }
    return at;
  };
  const firsts = new Set(spans.filter((span) => span.attributes[attributes.orderId] === id).map(firstOf));
  return firsts.size === 0
    ? { traceId, spans }
    : { traceId, spans: spans.filter((span) => firsts.has(firstOf(span))) };
}

/**
 * Draws a trace up: parents before children, in the order of time; before what a consumer did stands how long its
 * message had waited since the producer had stored it. Clocks that differ make no negative wait, it is left out. Pure.
 *
 * @throws RangeError for a trace without spans
 */
export function waterfallOf({ traceId, spans }: Trace): Waterfall {
  if (spans.length === 0) throw new RangeError(`trace ${traceId} has no spans`);
  const startedAtMs = Math.min(...spans.map(({ startMs }) => startMs));
  const endMs = Math.max(...spans.map((span) => span.startMs + span.durationMs));
  const inTime = spans
    .toSorted((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs)
    .slice(0, spansMax);
  const children = Map.groupBy(inTime, ({ parentId }) => parentId);
  const repeats = Map.groupBy(inTime, twinKey);
  const rows: Row[] = [];
  /** A span that says it stands below itself would be drawn for ever. */
  const drawn = new Set<Span>();

  const add = (span: Span, parent: Span | undefined, depth: number) => {
    if (drawn.has(span)) return;
    drawn.add(span);
    const twins = repeats.get(twinKey(span)) ?? [];
    const isRepeated = span.kind === 'consumer' && parent !== undefined && twins.length > 1;
    const before = isRepeated ? twins[twins.indexOf(span) - 1] : undefined;
    const wait = waitOf(span, parent, before, depth, startedAtMs);
    if (wait !== undefined) rows.push(wait);
    rows.push({
      kind: 'span',
      name: span.name,
      service: span.service,
      instance: span.instance,
      depth,
      startMs: span.startMs - startedAtMs,
      durationMs: span.durationMs,
      isError: span.isError,
      isLate: isLate(span),
      ...(isRepeated ? { delivery: twins.indexOf(span) + 1 } : {}),
      attributes: span.attributes,
    });
    for (const child of children.get(span.spanId) ?? []) add(child, span, depth + 1);
  };
  const ids = new Set(inTime.map(({ spanId }) => spanId));
  // A client's own span, or one that was lost on the way, is a parent that nobody has.
  for (const span of inTime)
    if (span.parentId === undefined || !ids.has(span.parentId)) add(span, undefined, 0);

  const first = (attribute: string) =>
    spans.map((span) => span.attributes[attribute]).find((value) => value !== undefined);
  const orderId = first(attributes.orderId);
  const terminalState = first(attributes.terminalState);
  return {
    traceId,
    ...(orderId === undefined ? {} : { orderId }),
    ...(terminalState === undefined ? {} : { terminalState }),
    startedAtMs,
    durationMs: endMs - startedAtMs,
    rows,
    spansLeftOut: spans.length - inTime.length,
    isPartial: spans.every(isLate),
  };
}

/** The same for deliveries of the same message to the same consumer. */
function twinKey({ name, parentId }: Span): string {
  return `${parentId ?? ''} ${name}`;
}

function waitOf(
  span: Span,
  parent: Span | undefined,
  /** The delivery of the same message before this one. */
  before: Span | undefined,
  depth: number,
  originMs: number,
): Row | undefined {
  if (span.kind !== 'consumer' || parent?.kind !== 'producer') return undefined;
  const waitsAfter = before ?? parent;
  const fromMs = waitsAfter.startMs + waitsAfter.durationMs;
  const durationMs = span.startMs - fromMs;
  if (durationMs <= 0) return undefined;
  return {
    kind: 'wait',
    name: before === undefined ? `waits for ${span.service}` : 'waits to be delivered again',
    service: 'nats',
    instance: '',
    depth,
    startMs: fromMs - originMs,
    durationMs,
    isError: false,
    isLate: false,
    attributes: {},
  };
}

function isLate(span: Span): boolean {
  return span.attributes[attributes.late] === 'true';
}
