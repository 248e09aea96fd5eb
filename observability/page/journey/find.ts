import type { Sources } from '../model.ts';
import { findTraces } from '../read/jaeger.ts';
import { readOrderFacts } from '../read/streams.ts';
import { type Waterfall, waterfallOf } from '../waterfall.ts';
import { journeyOf } from './journey.ts';

/** What came of a search for an order or a trace. */
export type OrderSearch = {
  /** Mostly one, or none; a request that was repeated has a trace each. */
  readonly waterfalls: readonly Waterfall[];
  /** Who could not be asked, and why; an order that is not found may be known to them. */
  readonly failures: readonly string[];
};

const isOrderId = /^[0-9a-f]{32}$/;

/**
 * Finds an order: its traces, and where none of them tells its whole way, what the streams know of it.
 *
 * @param id of an order or of a trace
 * @param nowMs milliseconds since the Unix epoch
 */
export async function findOrder(
  sources: Pick<Sources, 'jaeger' | 'streams'>,
  id: string,
  nowMs: number,
): Promise<OrderSearch> {
  const { jaeger, streams } = sources;
  const traced = await attempt(jaeger === undefined ? [] : findTraces(jaeger, id, nowMs));
  const waterfalls = (traced.found ?? []).map((trace) => waterfallOf(trace, id));
  const isTold = waterfalls.some(({ isPartial }) => !isPartial);
  if (isTold || streams === undefined || !isOrderId.test(id)) {
    return { waterfalls, failures: failuresOf(traced) };
  }
  const known = await attempt(readOrderFacts(streams, id));
  const failures = failuresOf(traced, known);
  if (known.found === undefined) return { waterfalls, failures };
  const late = waterfalls.find(({ orderId }) => orderId === id);
  const others = waterfalls.filter((waterfall) => waterfall !== late);
  return { waterfalls: [journeyOf(known.found, late, nowMs), ...others], failures };
}

type Attempt<T> = { readonly found?: T; readonly failure?: string };

async function attempt<T>(asked: T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { found: await asked };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function failuresOf(...attempts: readonly Attempt<unknown>[]): readonly string[] {
  return attempts.flatMap(({ failure }) => failure ?? []);
}
