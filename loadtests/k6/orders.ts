/**
 * What k6 runs: the orders of a shape, one or several in a request, repeated with the same keys as the recorder would. An
 * iteration is a request until all its orders are settled or given up; then it is logged as one line of JSON (`log.ts`), so
 * that every order attempted has its answers on the disk. The counters tell whether lines and iterations add up.
 *
 * `run.ts` says what to do in the environment; `named.ts` does so by hand. Thousands of virtual users evaluate this file and
 * all that it imports, each for itself: what only the first of them needs is left to it, or to others.
 */
import { sleep } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import { type LoadShape, phaseWindows } from '../../verdict/load-shape.ts';
import { workloadBody, workloadClientId, workloadOrder } from '../../verdict/workload.ts';
import { seededRandom } from '../recorder/random.ts';
import {
  defaultRetryPolicy,
  isRetryable,
  mayRetry,
  type RetryPolicy,
  retryDelayMs,
} from '../recorder/retry.ts';
import { phaseAt } from '../shapes/course.ts';
import { type OrderAnswer, readBatchAnswer, type StoredAs } from './batch-answer.ts';
import { arrivalStages, peakRequestRate, planRequests } from './plan.ts';
import { k6VirtualUsers } from './sizing.ts';
import type { K6Summary } from './summary.ts';
import type { LoggedRequest, LoggedStart, LoggedTry } from './tries.ts';

const urls = (__ENV.STORMPROOF_URLS ?? '').split(',').filter((url) => url !== '');
const runId = __ENV.STORMPROOF_RUN_ID ?? 'k6-by-hand';
const clientId = __ENV.STORMPROOF_CLIENT_ID ?? workloadClientId;
/** By which the order API lets the client in, where it asks for a key. */
const clientKey = __ENV.STORMPROOF_CLIENT_KEY;
const seed = Number(__ENV.STORMPROOF_SEED ?? '1');
const ordersPerRequest = Number(__ENV.STORMPROOF_ORDERS_PER_REQUEST ?? '1');
const shape = JSON.parse(__ENV.STORMPROOF_SHAPE ?? '') as LoadShape;
const policy: RetryPolicy = {
  ...defaultRetryPolicy,
  ...(JSON.parse(__ENV.STORMPROOF_RETRY ?? '{}') as Partial<RetryPolicy>),
};
const plan = planRequests(shape, ordersPerRequest);
const windows = phaseWindows(shape);

const lastRequest = new Gauge('requests_last_index');
const accepted = new Counter('orders_accepted');
const unaccepted = new Counter('orders_unaccepted');

/** Taken from the first evaluation, of what is no virtual user yet. */
export const options: Options = __VU === 0 ? createOptions() : {};

/** What is fixed here is what the accounting relies on. */
function createOptions(): Options {
  const { stages, ...arrivals } = arrivalStages(shape, ordersPerRequest);
  const virtualUsers = Number(
    __ENV.STORMPROOF_VIRTUAL_USERS ?? k6VirtualUsers(peakRequestRate(shape, ordersPerRequest)),
  );
  return {
    // Answers to batches ask for their bodies.
    discardResponseBodies: true,
    // Go's HTTP client silently repeats a request with an Idempotency-Key when a reused connection breaks: sends
    // would go uncounted, and "connection refused" could hide an earlier send. A batch has its keys in its body: it is
    // repeated only when not a byte of it was written (net/http, `shouldRetryRequest`).
    noConnectionReuse: ordersPerRequest === 1,
    systemTags: ['status', 'error_code'],
    summaryTrendStats: ['med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
    scenarios: {
      orders: {
        executor: 'ramping-arrival-rate',
        ...arrivals,
        stages: [...stages],
        preAllocatedVUs: virtualUsers,
        maxVUs: virtualUsers,
        gracefulStop: `${Math.ceil((policy.deadlineMs + policy.tryTimeoutMs) / 1_000) + 5}s`,
      },
    },
    thresholds: {
      dropped_iterations: ['count==0'],
      ...(JSON.parse(__ENV.STORMPROOF_THRESHOLDS ?? '{}') as Record<string, string[]>),
    },
  };
}

/** The iteration. */
export default function sendRequest(): void {
  const { iterationInTest: request, startTime: startedAtMs } = exec.scenario;
  if (request >= plan.requests) return;
  lastRequest.add(request);
  if (request === 0) console.log(JSON.stringify({ startedAtMs } satisfies LoggedStart));
  tagPhase(request);
  const sent: Sent = { tries: [], accepted: 0, stored: [] };
  try {
    sendUntilSettled(request, startedAtMs, sent);
  } catch (error) {
    // An iteration that throws looks complete to k6; this one may have sent its orders.
    console.error(String(error));
    const nowMs = Date.now() - startedAtMs;
    sent.tries.push([nowMs, nowMs, 0]);
  }
  console.log(describe(request, sent));
  if (sent.accepted > 0) accepted.add(sent.accepted);
  if (sent.accepted < ordersPerRequest) unaccepted.add(ordersPerRequest - sent.accepted);
}

/** The phase that this virtual user's metrics are of. */
let phase: string | undefined;

function tagPhase(request: number): void {
  const name = windows[phaseAt(windows, plan.dueAtUs(request))]?.name ?? '';
  // It costs as much as a good part of a request.
  if (name !== phase) exec.vu.metrics.tags.phase = name;
  phase = name;
}

/** What came of a request so far. */
type Sent = {
  readonly tries: LoggedTry[];
  accepted: number;
  /** By order. */
  readonly stored: (StoredAs | null)[];
  /** Of a batch whose orders were all stored at once, instead of `stored`: the answer as it came. */
  answer?: string;
};

function describe(request: number, { tries, stored, answer }: Sent): string {
  // A `LoggedBatch`.
  if (answer !== undefined)
    return `{"request":${request},"tries":${JSON.stringify(tries)},"answer":${answer}}`;
  return JSON.stringify(
    (ordersPerRequest === 1 ? { request, tries } : { request, tries, stored }) satisfies LoggedRequest,
  );
}

/** Sends what is not settled until all is, or patience ends. */
function sendUntilSettled(request: number, startedAtMs: number, sent: Sent): void {
  const { tries } = sent;
  const first = request * ordersPerRequest;
  /** Indexes of orders. */
  let open: number[] = [];
  for (let at = 0; at < ordersPerRequest; at++) {
    open.push(first + at);
    sent.stored.push(null);
  }
  const random = seededRandom(seed ^ first);
  const begunAtMs = Date.now();
  for (;;) {
    const sentAtMs = Date.now();
    const url = urls[(request + tries.length) % urls.length] ?? '';
    const response = ordersPerRequest === 1 ? sendOne(url, first) : sendBatch(url, open);
    const answeredAtMs = Date.now();
    if (tries.length === 0 && isBatchStored(response)) {
      tries.push([sentAtMs - startedAtMs, answeredAtMs - startedAtMs, 201]);
      sent.accepted = ordersPerRequest;
      sent.answer = response.body;
      return;
    }
    const answers = readAnswers(response, open.length);
    const statuses = answers.map(({ status }) => status);
    const [one = 0] = statuses;
    const logged = statuses.every((status) => status === one) ? one : statuses;
    const at = [sentAtMs - startedAtMs, answeredAtMs - startedAtMs] as const;
    tries.push(isUnsent(response) ? [...at, logged, true] : [...at, logged]);
    for (const [at, index] of open.entries()) {
      if (statuses[at] !== 201) continue;
      sent.accepted += 1;
      sent.stored[index - first] = answers[at]?.stored ?? null;
    }
    open = open.filter((_, at) => isRetryable(statuses[at] ?? 0));
    if (open.length === 0) return;
    const retryAfterMs = Math.max(
      ...answers.filter(({ status }) => isRetryable(status)).map((answer) => answer.retryAfterMs),
    );
    const delayMs = retryDelayMs(policy, tries.length, retryAfterMs, random);
    if (!mayRetry(policy, tries.length, answeredAtMs - begunAtMs, delayMs)) return;
    sleep(delayMs / 1_000);
  }
}

type Response = RefinedResponse<ResponseType>;

function sendOne(url: string, index: number): Response {
  const order = workloadOrder(runId, index);
  return http.post(`${url}/v1/orders`, workloadBody(order), {
    headers: { ...headers, 'Idempotency-Key': order.idempotencyKey },
    timeout: policy.tryTimeoutMs,
  });
}

function sendBatch(url: string, indexes: readonly number[]): Response {
  let bodies = '';
  for (const index of indexes) {
    const order = workloadOrder(runId, index);
    bodies += `${bodies === '' ? '' : ','}{"idempotency_key":"${order.idempotencyKey}",${workloadBody(order).slice(1)}`;
  }
  return http.post(`${url}/v1/orders/batch`, `{"orders":[${bodies}]}`, {
    headers,
    timeout: policy.tryTimeoutMs,
    responseType: 'text',
  });
}

/**
 * Whether all orders of a batch are stored, as nearly always, told without reading its results: that takes k6 as long as a good
 * part of a request. Whoever reads the log reads them (`log.ts`), and takes no line that says something else.
 */
function isBatchStored(response: Response): response is Response & { readonly body: string } {
  const { status, body } = response;
  return (
    status === 207 && typeof body === 'string' && body.split('"status":201').length === ordersPerRequest + 1
  );
}

function readAnswers(response: Response, orders: number): readonly OrderAnswer[] {
  if (ordersPerRequest === 1) return [answerOf(response)];
  const body = typeof response.body === 'string' ? response.body : null;
  return readBatchAnswer(answerOf(response), body, orders);
}

const headers = {
  'Content-Type': 'application/json',
  'X-Client-Id': clientId,
  'X-Stormproof-Run': runId,
  ...(clientKey === undefined ? {} : { Authorization: `Bearer ${clientKey}` }),
};

function answerOf({ status, headers: sent }: Response): OrderAnswer {
  const seconds = Number(sent['Retry-After']);
  return { status, retryAfterMs: seconds > 0 ? seconds * 1_000 : 0 };
}

/** Codes of k6 for failed look-ups (11xx) and failed dials (121x): no byte of the request left. */
function isUnsent({ status, error_code: code }: Response): boolean {
  return status === 0 && ((code >= 1100 && code < 1200) || (code >= 1210 && code < 1220));
}

/** The end of a run for k6: the figures that `run.ts` checks and reports, as `summary.json`. */
export function handleSummary(data: {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>;
}): Record<string, string> {
  const value = (metric: string, name: string) => data.metrics[metric]?.values[name] ?? 0;
  const attempted =
    data.metrics.requests_last_index === undefined ? 0 : value('requests_last_index', 'max') + 1;
  const summary: K6Summary = {
    attemptedRequests: attempted,
    accepted: value('orders_accepted', 'count'),
    unaccepted: value('orders_unaccepted', 'count'),
    droppedIterations: value('dropped_iterations', 'count'),
  };
  return { 'summary.json': `${JSON.stringify(summary, undefined, 2)}\n` };
}
