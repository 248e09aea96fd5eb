import { pino } from 'pino';
import type { Field } from './config.ts';

/**
 * A JSON log: one object a line on standard output, with `time` in ISO 8601, `level` as a word, `service` and
 * `instance`. Never pass customer data (customer ids, keys, bodies) to it; order and trace ids are fine.
 */
export type Log = pino.Logger;

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The least level that is written. */
export const logLevelField: Field<(typeof levels)[number]> = {
  key: 'STORMPROOF_LOG_LEVEL',
  expected: levels.join(', '),
  parse: (text) => levels.find((level) => level === text),
  fallback: { value: 'info' },
};

/** @param options.level default `info` */
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
