import type { FastifyInstance } from 'fastify';
import type { AlertBook, ToldAlert } from './alert-book.ts';

const text = { type: 'string' } as const;

/** What of Alertmanager's notification is read; it says more. */
const notification = {
  type: 'object',
  required: ['alerts'],
  properties: {
    alerts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['status', 'labels', 'startsAt', 'fingerprint'],
        properties: {
          status: { enum: ['firing', 'resolved'] },
          labels: { type: 'object', additionalProperties: text },
          startsAt: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}' },
          fingerprint: text,
        },
      },
    },
  },
} as const;

/** Alertmanager posts what it has to tell to `/v1/notifications`; `/v1/alerts` answers what was told so far. */
export function addWebhookRoutes(
  server: FastifyInstance,
  { book, nowMs }: { readonly book: AlertBook; readonly nowMs: () => number },
): void {
  server.post<{ Body: { readonly alerts: readonly ToldAlert[] } }>(
    '/v1/notifications',
    { schema: { body: notification } },
    (request, reply) => {
      book.add(request.body.alerts, nowMs());
      return reply.code(204).send();
    },
  );
  server.get('/v1/alerts', () => book.read());
}
