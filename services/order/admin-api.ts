import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type DatabaseWait, ProblemError } from '../runtime/index.ts';
import type { Projection } from './projection.ts';
import { orderIdSchema } from './schemas.ts';

/** What operators and the audit see: this replica's view, whole, and what was waited for it. */
export function addAdminRoutes(
  server: FastifyInstance,
  parts: {
    readonly projection: Pick<Projection, 'get' | 'positions' | 'rows'>;
    readonly databaseWait: DatabaseWait;
  },
): void {
  server.get<{ Querystring: { run_id?: string } }>(
    '/admin/projection',
    { schema: { querystring: { type: 'object', properties: { run_id: { type: 'string' } } } } },
    (request, reply) =>
      reply
        .type('application/x-ndjson')
        .send(Readable.from(exportLines(parts.projection, request.query.run_id))),
  );
  // Whose order it is does not matter here: whoever looks for what became of one knows its id, not its client.
  server.get<{ Params: { order_id: string } }>(
    '/admin/orders/:order_id',
    { schema: { params: { type: 'object', properties: { order_id: orderIdSchema } } } },
    (request) => {
      const order = parts.projection.get(request.params.order_id);
      if (order === undefined) throw new ProblemError(404, 'no-such-order', 'there is no such order');
      const { orderId, clientId, state, reason, position } = order;
      return { order_id: orderId, client_id: clientId, status: state, reason, position };
    },
  );
  server.get('/admin/database', () => parts.databaseWait.waits());
}

/**
 * One line per order and a last one that says so: without it the export was cut short. The positions are those
 * before the first row was read: everything up to them is in the rows.
 */
async function* exportLines(
  projection: Pick<Projection, 'positions' | 'rows'>,
  runId: string | undefined,
): AsyncGenerator<string> {
  const { orders, outcomes } = projection.positions();
  let rows = 0;
  for await (const page of projection.rows(runId)) {
    rows += page.length;
    let lines = '';
    for (const order of page) {
      lines += `${JSON.stringify({
        order_id: order.orderId,
        amount_minor: order.amountMinor,
        currency: order.currency,
        state: order.state,
        ...(order.contradictedBy.length === 0 ? {} : { contradicted_by: order.contradictedBy }),
      })}\n`;
    }
    yield lines;
  }
  yield `${JSON.stringify({ end: true, rows, orders_position: orders, outcomes_position: outcomes })}\n`;
}
