import { z } from 'zod';
import { acceptBatchedOrder, attributes, spans } from '../../names/spans.ts';
import type { TraceSummary } from '../model.ts';
import type { Span, Trace } from '../waterfall.ts';
import { askJson, parseAnswer, SourceError } from './ask.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);

const answer = z.object({
  data: z
    .array(
      z.object({
        traceID: z.string(),
        spans: z.array(
          z.object({
            spanID: z.string(),
            operationName: z.string(),
            /** Microseconds since the Unix epoch. */
            startTime: z.number(),
            duration: z.number(),
            processID: z.string(),
            references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
            tags: z.array(z.object({ key: z.string(), value })),
          }),
        ),
        processes: z.record(
          z.string(),
          z.object({
            serviceName: z.string(),
            tags: z.array(z.object({ key: z.string(), value })).nullish(),
          }),
        ),
      }),
    )
    .nullish(),
  errors: z.array(z.object({ msg: z.string() })).nullish(),
});

const dayMs = 86_400_000;
/** Streams keep an order for so long; a trace rarely lasts as long. */
const lookbackMs = 7 * dayMs;
const recentMax = 6;

/** Jaeger refuses to look for others. */
const isTraceId = /^[0-9a-f]{1,32}$/i;

/**
 * The traces of an order, or the one with that id; mostly one, or none. A request that was repeated has one each.
 *
 * @param id of an order or of a trace: both are 32 hexadecimal digits
 * @throws SourceError (rejects) when Jaeger does not answer
 */
export async function findTraces(baseUrl: string, id: string, nowMs: number): Promise<readonly Trace[]> {
  const tags = JSON.stringify({ [attributes.orderId]: id });
  const found = await Promise.all([
    ...(isTraceId.test(id) ? [ask(baseUrl, `/api/traces/${id}`)] : []),
    ...[spans.acceptOrder.service, spans.processPayment.service].map((service) =>
      search(baseUrl, { service, tags, limit: '5' }, lookbackMs, nowMs),
    ),
  ]);
  return [...new Map(found.flat().map((trace) => [trace.traceId, trace])).values()];
}

/**
 * Orders that were traced within the last hour, the newest first.
 *
 * @throws SourceError (rejects) when Jaeger does not answer
 */
export async function recentTraces(baseUrl: string, nowMs: number): Promise<readonly TraceSummary[]> {
  const found = await Promise.all(
    [spans.acceptOrder, acceptBatchedOrder].map(({ service, name }) =>
      search(baseUrl, { service, operation: name, limit: String(recentMax) }, 3_600_000, nowMs),
    ),
  );
  const unique = new Map(found.flat().map((trace) => [trace.traceId, trace]));
  const newest = [...unique.values()].map(summaryOf).toSorted((a, b) => b.startMs - a.startMs);
  return newest.slice(0, recentMax);
}

function summaryOf({ traceId, spans: all }: Trace): TraceSummary {
  const startMs = Math.min(...all.map((span) => span.startMs));
  const first = (attribute: string) =>
    all.map((span) => span.attributes[attribute]).find((found) => found !== undefined);
  const orderId = first(attributes.orderId);
  const terminalState = first(attributes.terminalState);
  return {
    traceId,
    startMs,
    durationMs: Math.max(...all.map((span) => span.startMs + span.durationMs)) - startMs,
    hasError: all.some(({ isError }) => isError),
    ...(orderId === undefined ? {} : { orderId }),
    ...(terminalState === undefined ? {} : { terminalState }),
  };
}

function search(
  baseUrl: string,
  query: Readonly<Record<string, string>>,
  backMs: number,
  nowMs: number,
): Promise<readonly Trace[]> {
  const micros = (atMs: number) => String(Math.round(atMs * 1_000));
  const parameters = new URLSearchParams({ ...query, start: micros(nowMs - backMs), end: micros(nowMs) });
  return ask(baseUrl, `/api/traces?${parameters}`);
}

async function ask(baseUrl: string, path: string): Promise<readonly Trace[]> {
  const source = `Jaeger at ${baseUrl}`;
  const { data, errors } = parseAnswer(answer, await askJson(source, `${baseUrl}${path}`), source);
  const problem = errors?.[0]?.msg;
  // An unknown trace is an error to Jaeger, and none to whoever looks for it.
  if (data == null && problem !== undefined && !/not found/i.test(problem)) {
    throw new SourceError(`${source} refused ${path}: ${problem}`);
  }
  return (data ?? []).flatMap(({ traceID, spans: all, processes }) =>
    all.length === 0 ? [] : [{ traceId: traceID, spans: all.map((span) => spanOf(span, processes)) }],
  );
}

type Answer = NonNullable<z.infer<typeof answer>['data']>[number];

function spanOf(span: Answer['spans'][number], processes: Answer['processes']): Span {
  const tags = Object.fromEntries(span.tags.map(({ key, value: of }) => [key, String(of)]));
  const { 'span.kind': kind = '', error, ...rest } = tags;
  const of = processes[span.processID];
  const instance = of?.tags?.find(({ key }) => key === 'service.instance.id')?.value;
  return {
    spanId: span.spanID,
    parentId: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
    name: span.operationName,
    service: of?.serviceName ?? '',
    instance: instance === undefined ? '' : String(instance),
    kind,
    startMs: span.startTime / 1_000,
    durationMs: span.duration / 1_000,
    isError: error === 'true',
    attributes: Object.fromEntries(Object.entries(rest).filter(([key]) => !isNoise(key))),
  };
}

/** What the SDK says of itself with every span. */
function isNoise(key: string): boolean {
  return key.startsWith('otel.') || key.startsWith('internal.');
}
