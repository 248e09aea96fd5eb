import type { FastifyInstance } from 'fastify';
import { metrics } from '../../observability/names/metrics.ts';
import { names } from '../../topology/platform.ts';
import {
  createCounter,
  createGauge,
  createHistogram,
  createTally,
  publishFailures,
  type RemoteError,
  type Telemetry,
} from '../runtime/index.ts';
import { answerOf, answers } from './answers.ts';
import { type GuardRefusal, guardRefusals } from './clients/guard.ts';

/** The metrics of the order service, each row of the registry by its own verb. */
export type Instruments = ReturnType<typeof createInstruments>;

export function createInstruments({ meter }: Telemetry) {
  const accepted = createCounter(meter, metrics.ordersAccepted);
  const answered = createTally(meter, metrics.orderAnswers, 'result', answers);
  const notLetIn = createTally(meter, metrics.requestsNotLetIn, 'reason', guardRefusals);
  const acceptDuration = createHistogram(meter, metrics.acceptDuration);
  const replayed = createCounter(meter, metrics.ordersReplayed);
  const groupOrders = createHistogram(meter, metrics.groupOrders);
  const publishDuration = createHistogram(meter, metrics.publishDuration);
  const publishRetries = createCounter(
    meter,
    metrics.publishRetries,
    publishFailures.map((reason) => ({ stream: names.ordersStream, reason })),
  );
  const lag = createGauge(meter, metrics.projectionLag);
  const fill = createGauge(meter, metrics.streamFill);
  const contradictions = createCounter(meter, metrics.projectionContradictions);
  const requests = createHistogram(meter, metrics.httpServerDuration);

  const publishAttributes = {
    stored: { stream: names.ordersStream, outcome: 'stored' },
    refused: { stream: names.ordersStream, outcome: 'refused' },
    unknown: { stream: names.ordersStream, outcome: 'unknown' },
  };
  /** One object for each method, route and status, instead of one for each request. */
  const requestAttributes = new Map<string, Record<string, string | number>>();
  const requestAnswered = (method: string, route: string, status: number, durationMs: number): void => {
    const key = `${method} ${route} ${status}`;
    let attributes = requestAttributes.get(key);
    if (attributes === undefined) {
      attributes = {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      };
      requestAttributes.set(key, attributes);
    }
    requests.record(durationMs / 1_000, attributes);
  };

  return {
    /** The answer to an order, or to several of one request, whether or not their client still waits for it. */
    orderAnswered: (status: number, orders = 1) => answered.add(answerOf(status), orders),
    /** A request that was refused for who sent it, or for how many came from there. */
    refusedAtTheDoor: (reason: GuardRefusal) => notLetIn.add(reason),
    /** The time to the answer that accepted an order, or several of one request. */
    orderAccepted(durationMs: number, orders = 1) {
      for (let n = 0; n < orders; n++) acceptDuration.record(durationMs / 1_000);
    },
    orderReplayed: () => replayed.add(1),
    groupSettled(settled: { orders: number; durationMs: number; error?: RemoteError }) {
      const { orders, durationMs, error } = settled;
      const outcome = error === undefined ? 'stored' : error.isDefinite ? 'refused' : 'unknown';
      groupOrders.record(orders);
      publishDuration.record(durationMs / 1_000, publishAttributes[outcome]);
      if (error === undefined) accepted.add(orders);
    },
    publishRetried: (error: RemoteError) =>
      publishRetries.add(1, { stream: names.ordersStream, reason: error.code }),
    contradicted: () => contradictions.add(1),
    /** Reports the queue as it is at any time, also when the brokers cannot be looked at. */
    observeQueue({ queuedOrders }: { queuedOrders(): number }) {
      const { name, unit, description } = metrics.ordersQueued;
      meter
        .createObservableGauge(name, { unit, description })
        .addCallback((result) => result.observe(queuedOrders()));
    },
    projectionLag: (stream: string, messages: number) => lag.record(messages, { stream }),
    streamFill: (stream: string, share: number) => fill.record(share, { stream }),
    requestAnswered,
    /** Measures every request that reaches fastify. */
    measure(server: FastifyInstance) {
      server.addHook('onResponse', (request, reply, done) => {
        const route = request.routeOptions.url ?? 'none';
        requestAnswered(request.method, route, reply.statusCode, reply.elapsedTime);
        done();
      });
    },
  };
}
