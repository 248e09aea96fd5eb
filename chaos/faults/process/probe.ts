import { get } from 'node:http';
import { performance } from 'node:perf_hooks';

/** One HTTP exchange: how long the answer took, or why there was none. */
export type ProbeResult =
  | { readonly answered: true; readonly tookMs: number }
  | { readonly answered: false; readonly reason: string };

/**
 * Asks an HTTP server for anything at all; every status counts as an answer.
 *
 * @param address `host:port` or a base URL
 */
export async function probeHttp(address: string, timeoutMs: number): Promise<ProbeResult> {
  const url = address.includes('://') ? address : `http://${address}`;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    // A connection of its own: a pooled one would tell of the past.
    const exchange = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      response.on('end', () => resolve({ answered: true, tookMs: performance.now() - startedAt }));
    });
    exchange.on('timeout', () => exchange.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    exchange.on('error', (error) => resolve({ answered: false, reason: error.message }));
  });
}

export function renderProbe(result: ProbeResult): string {
  return result.answered ? `answered after ${Math.round(result.tookMs)} ms` : result.reason;
}
