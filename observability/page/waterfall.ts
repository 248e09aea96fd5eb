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
  /** `streams`: nobody traced the order; its rows are from the times at which streams stored it. */
  readonly origin: 'trace' | 'streams';
  /** Absent of an order that carried none. */
  readonly traceId?: string;
  /** The order that it is about; absent where a trace is of several and none of them was asked for. */
  readonly orderId?: string;
  /** How many orders the trace is of; the rows are of the one above, if there is one. */
  readonly orders: number;
  readonly terminalState?: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly rows: readonly Row[];
  /** How many spans there are besides, the last ones: nobody reads thousands of lines. */
  readonly spansLeftOut: number;
  /** It was told late: the order was not sampled, and only what failed or was slow is known. */
  readonly isPartial: boolean;
  /** What its rows do not say of themselves, a sentence each. */
  readonly notes: readonly string[];
};

/** As many spans are drawn; an order has some dozens, a batch shares its trace. */
const spansMax = 2_000;

/**
 * The part of a trace that is about one order: the orders of a batch, or of a client that traces its own work, may share a
 * trace. Kept are the order's spans, what stands below them, and what they stand below. The whole trace where the id is no
 * order's of it.
 */
function ofOrder({ traceId, spans }: Trace, id: string): Trace {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  /** The span and what it stands below, up to the first; once each, whatever they say of each other. */
  const lineOf = (span: Span): readonly Span[] => {
    const line = new Set<Span>();
    for (
      let at: Span | undefined = span;
      at !== undefined && !line.has(at);
      at = byId.get(at.parentId ?? '')
    ) {
      line.add(at);
    }
    return [...line];
  };
  const lines = spans.map(lineOf);
  const ownerOf = (line: readonly Span[]) =>
    line.map((span) => span.attributes[attributes.orderId]).find((owner) => owner !== undefined);
  const kept = new Set(lines.filter((line) => ownerOf(line) === id).flat());
  return kept.size === 0 ? { traceId, spans } : { traceId, spans: spans.filter((span) => kept.has(span)) };
}

/**
 * Draws a trace up: parents before children, in the order of time; before what a consumer did stands how long its
 * message had waited since the producer had stored it. Clocks that differ make no negative wait, it is left out. Pure.
 *
 * @param id what was asked for: an order's part alone is drawn, where the trace is of several
 * @throws RangeError for a trace without spans
 */
export function waterfallOf(trace: Trace, id?: string): Waterfall {
  const { traceId, spans } = id === undefined ? trace : ofOrder(trace, id);
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
    // Deliveries to a process that ended are told by nobody but the one that follows.
    const delivery = Math.max(isRepeated ? twins.indexOf(span) + 1 : 1, toldDelivery(span));
    const wait = waitOf({ span, parent, before, delivery, depth, originMs: startedAtMs });
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
      ...(isRepeated || delivery > 1 ? { delivery } : {}),
      attributes: span.attributes,
    });
    for (const child of children.get(span.spanId) ?? []) add(child, span, depth + 1);
  };
  const ids = new Set(inTime.map(({ spanId }) => spanId));
  // A client's own span, or one that was lost on the way, is a parent that nobody has.
  for (const span of inTime)
    if (span.parentId === undefined || !ids.has(span.parentId)) add(span, undefined, 0);

  const named = new Set(trace.spans.flatMap((span) => span.attributes[attributes.orderId] ?? []));
  const orderId = id !== undefined && named.has(id) ? id : named.size === 1 ? [...named][0] : undefined;
  const terminalState = stateOf(spans, named.size > 1 ? orderId : undefined);
  const isOfOne = orderId !== undefined || named.size === 0;
  return {
    origin: 'trace',
    traceId,
    ...(orderId === undefined ? {} : { orderId }),
    orders: named.size,
    ...(terminalState === undefined || !isOfOne ? {} : { terminalState }),
    startedAtMs,
    durationMs: endMs - startedAtMs,
    rows,
    spansLeftOut: spans.length - inTime.length,
    // Whoever sees that an order is sampled tells nothing of it late.
    isPartial: spans.some(isLate),
    notes: [],
  };
}

/** How an order ended, as its spans tell; where there are several, its own. */
function stateOf(spans: readonly Span[], orderId: string | undefined): string | undefined {
  const own = spans.filter(
    (span) => orderId === undefined || span.attributes[attributes.orderId] === orderId,
  );
  return own.map((span) => span.attributes[attributes.terminalState]).find((state) => state !== undefined);
}

/** The same for deliveries of the same message to the same consumer. */
function twinKey({ name, parentId }: Span): string {
  return `${parentId ?? ''} ${name}`;
}

/** 1 where the span says nothing of it. */
function toldDelivery(span: Span): number {
  const told = Number(span.attributes[attributes.delivery]);
  return Number.isSafeInteger(told) && told > 0 ? told : 1;
}

function waitOf(options: {
  readonly span: Span;
  readonly parent: Span | undefined;
  /** The delivery of the same message before this one, if it was told. */
  readonly before: Span | undefined;
  readonly delivery: number;
  readonly depth: number;
  readonly originMs: number;
}): Row | undefined {
  const { span, parent, before, delivery, depth, originMs } = options;
  if (span.kind !== 'consumer' || parent?.kind !== 'producer') return undefined;
  const waitsAfter = before ?? parent;
  const fromMs = waitsAfter.startMs + waitsAfter.durationMs;
  const durationMs = span.startMs - fromMs;
  if (durationMs <= 0) return undefined;
  return {
    kind: 'wait',
    name: waitName(span, before, delivery),
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

function waitName({ service }: Span, before: Span | undefined, delivery: number): string {
  if (before !== undefined) return 'waits to be delivered again';
  return delivery === 1 ? `waits for ${service}` : `waits for ${service}, delivered before in vain`;
}

function isLate(span: Span): boolean {
  return span.attributes[attributes.late] === 'true';
}
