import { z } from 'zod';
import { askJson, parseAnswer } from './ask.ts';
import { alertKey } from './prometheus.ts';

const schema = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    status: z.object({ silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
  }),
);

/**
 * Which alerts Alertmanager tells nobody of, and why, by their keys.
 *
 * @throws SourceError (rejects) when it does not answer
 */
export async function readMuted(baseUrl: string): Promise<ReadonlyMap<string, string>> {
  const source = `Alertmanager at ${baseUrl}`;
  const alerts = parseAnswer(schema, await askJson(source, `${baseUrl}/api/v2/alerts`), source);
  return new Map(
    alerts.flatMap(({ labels, status }): [string, string][] => {
      if (status.silencedBy.length > 0) return [[alertKey(labels), 'silenced']];
      if (status.inhibitedBy.length > 0) return [[alertKey(labels), 'explained by another alert']];
      return [];
    }),
  );
}
