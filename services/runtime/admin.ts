import type { FastifyInstance } from 'fastify';
import { createHttpServer } from './http.ts';
import type { Log } from './log.ts';
import type { Readiness } from './readiness.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * The listener for probes and operators: `/livez` answers while the event loop turns, `/readyz` answers 503 with the
 * list of what is missing until the service may be sent work; `/admin/readings` tells its counters and gauges to whoever
 * asks, so that they can be read when Collector or Prometheus cannot. Services add their own `/admin/...` routes before
 * it listens.
 */
export function createAdminServer(options: {
  readonly log: Log;
  readonly readiness: Readiness;
  readonly telemetry: Pick<Telemetry, 'readings'>;
}): FastifyInstance {
  const server = createHttpServer({ log: options.log });
  server.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  server.get('/livez', () => ({ live: true }));
  server.get('/readyz', (_request, reply) => {
    const missing = options.readiness.missing();
    return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });
  server.get('/admin/readings', () => options.telemetry.readings());
  return server;
}
