/**
 * What every scenario here does in one iteration: send the order whose index in the run is the iteration's, and
 * repeat it with the same key as the recorder would. Run by k6, not by Node.
 *
 * An order that was not accepted at its first try, or not quickly, is logged as one line of JSON (`LoggedOrder` of
 * `history.ts`); every other order attempted was. The counters tell whether lines and iterations add up.
 */
import { sleep } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import { workloadBody, workloadClientId, workloadOrder } from '../../verdict/workload.ts';
import { isDefiniteStatus } from '../recorder/outcome.ts';
import { seededRandom } from '../recorder/random.ts';
import { defaultRetryPolicy, isRetryable, mayRetry, retryDelayMs } from '../recorder/retry.ts';
import type { LoggedOrder, LoggedStart, LoggedTry } from './history.ts';
import { quickMs } from './quick.ts';
import { k6VirtualUsers } from './sizing.ts';
import type { K6Summary } from './summary.ts';

const urls = (__ENV.STORMPROOF_URLS ?? '').split(',').filter((url) => url !== '');
const runId = __ENV.STORMPROOF_RUN_ID ?? 'k6-by-hand';
const clientId = __ENV.STORMPROOF_CLIENT_ID ?? workloadClientId;
const seed = Number(__ENV.STORMPROOF_SEED ?? '1');
const policy = {
  ...defaultRetryPolicy,
  deadlineMs: Number(__ENV.STORMPROOF_DEADLINE_MS ?? defaultRetryPolicy.deadlineMs),
  tryTimeoutMs: Number(__ENV.STORMPROOF_TRY_TIMEOUT_MS ?? defaultRetryPolicy.tryTimeoutMs),
};
let planned = Number.POSITIVE_INFINITY;

const lastIndex = new Gauge('orders_last_index');
const accepted = new Counter('orders_accepted');
const unaccepted = new Counter('orders_unaccepted');

/** Options for one constant arrival rate; what is fixed here is what the accounting relies on. */
export function arrivalRate(rate: number, durationSeconds: number): Options {
  planned = Math.floor(rate * durationSeconds);
  const virtualUsers = k6VirtualUsers(rate);
  return {
    discardResponseBodies: true,
    // Go's HTTP client silently repeats a request with an Idempotency-Key when a reused connection breaks: sends
    // would go uncounted, and "connection refused" could hide an earlier send.
    noConnectionReuse: true,
    systemTags: ['status', 'error_code'],
    summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
    scenarios: {
      orders: {
        executor: 'constant-arrival-rate',
        rate,
        timeUnit: '1s',
        duration: `${durationSeconds}s`,
        preAllocatedVUs: virtualUsers,
        maxVUs: virtualUsers,
        gracefulStop: `${Math.ceil((policy.deadlineMs + policy.tryTimeoutMs) / 1_000) + 5}s`,
      },
    },
    thresholds: {
      orders_unaccepted: ['count==0'],
      dropped_iterations: ['count==0'],
      http_req_duration: ['p(99)<1000'],
    },
  };
}

/** The iteration. */
export function sendOrder(): void {
  const index = exec.scenario.iterationInTest;
  // An iteration may start at the very end of the duration, beyond what was planned.
  if (index >= planned) return;
  lastIndex.add(index);
  if (index === 0)
    console.log(JSON.stringify({ startedAtMs: exec.scenario.startTime } satisfies LoggedStart));
  const tries: LoggedTry[] = [];
  try {
    sendUntilAnswered(index, tries);
  } catch (error) {
    // An iteration that throws looks complete to k6; this one may have sent its order.
    console.error(String(error));
    tries.push([0, false, 0, 0]);
  }
  const last = tries.at(-1);
  const isAccepted = last?.[0] === 201;
  const isQuick = tries.length === 1 && last !== undefined && last[3] < quickMs * 1_000;
  if (!isAccepted || !isQuick) {
    console.log(JSON.stringify({ index, tries } satisfies LoggedOrder));
  }
  (isAccepted ? accepted : unaccepted).add(1);
}

function sendUntilAnswered(index: number, tries: LoggedTry[]): void {
  const order = workloadOrder(runId, index);
  const body = workloadBody(order);
  const params = {
    headers: {
      'Content-Type': 'application/json',
      'Idempotency-Key': order.idempotencyKey,
      'X-Client-Id': clientId,
      'X-Stormproof-Run': runId,
    },
    timeout: policy.tryTimeoutMs,
  };
  const random = seededRandom(seed ^ index);
  const startedAtMs = Date.now();
  for (;;) {
    const sentAfterMs = Date.now() - startedAtMs;
    const url = urls[(index + tries.length) % urls.length];
    const response = http.post(`${url}/v1/orders`, body, params);
    const answeredAfterMs = Date.now() - startedAtMs;
    const { status } = response;
    const isDefinite = status === 0 ? isUnsent(response.error_code) : isDefiniteStatus(status);
    tries.push([status, isDefinite, sentAfterMs * 1_000, answeredAfterMs * 1_000]);
    if (!isRetryable(status)) return;
    const delayMs = retryDelayMs(policy, tries.length, retryAfterMs(response), random);
    if (!mayRetry(policy, tries.length, answeredAfterMs, delayMs)) return;
    sleep(delayMs / 1_000);
  }
}

/** Codes of k6 for failed look-ups (11xx) and failed dials (121x): no byte of the request left. */
function isUnsent(errorCode: number): boolean {
  return (errorCode >= 1100 && errorCode < 1200) || (errorCode >= 1210 && errorCode < 1220);
}

function retryAfterMs(response: RefinedResponse<'none'>): number {
  const seconds = Number(response.headers['Retry-After']);
  return seconds > 0 ? seconds * 1_000 : 0;
}

/** The end of a run for k6: the figures that `run.ts` checks and reports, as `summary.json`. */
export function handleSummary(data: {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>;
}): Record<string, string> {
  const value = (metric: string, name: string) => data.metrics[metric]?.values[name] ?? 0;
  const trend = (metric: string) => ({
    p50: value(metric, 'med'),
    p90: value(metric, 'p(90)'),
    p99: value(metric, 'p(99)'),
    p999: value(metric, 'p(99.9)'),
    max: value(metric, 'max'),
  });
  const summary: K6Summary = {
    attempted: data.metrics.orders_last_index === undefined ? 0 : value('orders_last_index', 'max') + 1,
    accepted: value('orders_accepted', 'count'),
    unaccepted: value('orders_unaccepted', 'count'),
    iterations: value('iterations', 'count'),
    droppedIterations: value('dropped_iterations', 'count'),
    orderDurationMs: trend('iteration_duration'),
    requestDurationMs: trend('http_req_duration'),
  };
  return { 'summary.json': `${JSON.stringify(summary, undefined, 2)}\n` };
}
