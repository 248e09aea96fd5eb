import { pino } from 'pino';

/**
 * A JSON log: one object a line on standard output, with `time` in ISO 8601, `level` as a word, `service` and
 * `instance`. Never pass customer data (customer ids, keys, bodies) to it; order and trace ids are fine.
 */
export type Log = pino.Logger;

export function createLog(options: {
  readonly service: string;
  readonly instance: string;
  readonly level?: string;
}): Log {
  return pino({
    level: options.level ?? 'info',
    base: { service: options.service, instance: options.instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
