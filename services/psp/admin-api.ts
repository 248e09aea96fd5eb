import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { DatabaseWait } from '../runtime/index.ts';
import type { Counters } from './counters.ts';
import type { Ledger } from './ledger.ts';
import { type Behaviour, defaultProfile, type Profile, profileSchema } from './profile.ts';

/** What operators, tests and the audit see: the ledger, the profile, the counters, and what was waited for the ledger. */
export function addAdminRoutes(
  server: FastifyInstance,
  parts: {
    readonly ledger: Ledger;
    readonly behaviour: Behaviour;
    readonly counters: Counters;
    readonly databaseWait: DatabaseWait;
  },
): void {
  const { ledger, behaviour, counters, databaseWait } = parts;

  server.get<{ Querystring: { run_id?: string } }>(
    '/admin/charges',
    { schema: { querystring: { type: 'object', properties: { run_id: { type: 'string' } } } } },
    (request, reply) =>
      reply.type('application/x-ndjson').send(Readable.from(exportLines(ledger, request.query.run_id))),
  );
  server.get('/admin/profile', () => behaviour.profile());
  server.put<{ Body: Partial<Profile> }>('/admin/profile', { schema: { body: profileSchema } }, (request) => {
    behaviour.change({ ...defaultProfile, ...request.body });
    return behaviour.profile();
  });
  server.get('/admin/counters', () => counters);
  server.get('/admin/database', () => databaseWait.waits());
}

/** One line per effect and a last one that says so: without it the export was cut short. */
async function* exportLines(ledger: Ledger, runId: string | undefined): AsyncGenerator<string> {
  let rows = 0;
  for await (const page of ledger.records(runId)) {
    rows += page.length;
    let lines = '';
    for (const record of page) {
      lines += `${JSON.stringify({
        charge_key: record.chargeKey,
        order_id: record.orderId,
        amount_minor: record.amountMinor,
        currency: record.currency,
        state: record.status,
        charge_id: record.status === 'charged' ? record.chargeId : '',
        run_id: record.runId,
      })}\n`;
    }
    yield lines;
  }
  yield `${JSON.stringify({ end: true, rows })}\n`;
}
