import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { platform } from '../../topology/platform.ts';
import { attributes, type KeptFor, keptFor, type SpanSpec, spans } from '../names/spans.ts';
import { startJaeger, type ToldSpan, tellSpans } from '../page/fixtures/jaeger.ts';
import { freePort, type RunningProgram, startProgram } from '../page/fixtures/program.ts';
import { type CollectorLimits, renderCollectorConfig } from './config.ts';

const { otelcol } = await ensureTools(['otelcol'], { env: process.env });
const undecidedSeconds = 1;

let folder: string;
let jaeger: Awaited<ReturnType<typeof startJaeger>>;
/** Keeps nothing without a reason. */
let strict: Collector;
/** Keeps the share that it keeps by default. */
let usual: Collector;

type Collector = RunningProgram & { tell(spans: readonly ToldSpan[]): Promise<void> };

async function startCollector(limits: Partial<CollectorLimits>): Promise<Collector> {
  const listen = async () => `127.0.0.1:${await freePort()}`;
  const [otlpHttp, health] = [await listen(), await listen()];
  const config = renderCollectorConfig(
    platform,
    {
      listen: { otlpHttp, otlpGrpc: await listen(), health, metrics: await listen() },
      jaegerOtlpGrpc: jaeger.otlpGrpc,
    },
    { memoryMib: 128, queueBatches: 64, undecidedSeconds, ...limits },
  );
  const file = join(folder, `${otlpHttp}.yaml`);
  await writeFile(file, config);
  const program = await startProgram({
    argv: [otelcol, '--config', `file:${file}`],
    url: `http://${health}`,
    readyPath: '/',
  });
  return { ...program, tell: (told) => tellSpans(otlpHttp, told) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stormproof-sampling-'));
  jaeger = await startJaeger();
  strict = await startCollector({ ordinaryPercent: 0 });
  usual = await startCollector({});
});
afterAll(async () => {
  await Promise.all([strict?.stop(), usual?.stop(), jaeger?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const newTraceId = () => randomBytes(16).toString('hex');

function spanOf(traceId: string, spec: SpanSpec, more: Partial<ToldSpan> = {}): ToldSpan {
  const startMs = Date.now();
  return {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    spec,
    startMs,
    endMs: startMs + 5,
    attributes: {},
    ...more,
  };
}

const because = (reason: KeptFor) => ({ attributes: { [attributes.keptFor]: reason } });

/** The names of the spans of a trace that Jaeger has. */
async function namesIn(traceId: string): Promise<readonly string[]> {
  const answer = await fetch(`${jaeger.url}/api/traces/${traceId}`);
  if (answer.status === 404) return [];
  const { data } = (await answer.json()) as { data: readonly { spans: { operationName: string }[] }[] };
  return data.flatMap((trace) => trace.spans.map(({ operationName }) => operationName)).sort();
}

async function untilKept(traceId: string, names: readonly string[]): Promise<void> {
  await expect.poll(() => namesIn(traceId), { timeout: 20_000 }).toEqual([...names].sort());
}

it('keeps a trace whole when one of its spans knows a reason, whatever came before and after it', async () => {
  for (const reason of keptFor) {
    const traceId = newTraceId();
    await strict.tell([spanOf(traceId, spans.publishOrder)]);
    await strict.tell([spanOf(traceId, spans.acceptOrder, because(reason))]);
    await strict.tell([spanOf(traceId, spans.settle)]);
    await untilKept(traceId, [spans.publishOrder.name, spans.acceptOrder.name, spans.settle.name]);
  }
});

it('keeps a trace with an error that nobody gave as a reason', async () => {
  const traceId = newTraceId();
  await strict.tell([spanOf(traceId, spans.providerCharge, { error: 'nobody expected this' })]);
  await untilKept(traceId, [spans.providerCharge.name]);
});

it('keeps what turns out to be slow after the trace was given up', async () => {
  const traceId = newTraceId();
  await strict.tell([spanOf(traceId, spans.acceptOrder)]);
  await delay((undecidedSeconds + 2) * 1_000);
  await strict.tell([spanOf(traceId, spans.processPayment, because('slowness'))]);
  await untilKept(traceId, [spans.processPayment.name]);
});

it('keeps a share of the rest, and nothing of it where that share is none', async () => {
  const traceIds = Array.from({ length: 400 }, newTraceId);
  const told = traceIds.map((traceId) => spanOf(traceId, spans.acceptOrder));
  for (const [collector, least, most] of [
    [strict, 0, 0],
    [usual, 10, 90],
  ] as const) {
    const last = newTraceId();
    await collector.tell(told);
    await collector.tell([spanOf(last, spans.acceptOrder, because('client'))]);
    // What was told before it has been judged before it, and is on its way with it.
    await expect.poll(async () => (await namesIn(last)).length, { timeout: 20_000 }).toBeGreaterThan(0);
    await delay(1_000);
    const found = await Promise.all(traceIds.map(async (traceId) => (await namesIn(traceId)).length));
    const kept = found.filter((count) => count > 0).length;
    expect(kept).toBeGreaterThanOrEqual(least);
    expect(kept).toBeLessThanOrEqual(most);
  }
});
