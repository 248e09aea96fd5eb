import { batchOrdersMax } from '../../proto/batch.ts';

/**
 * Fewer bad events of acceptance than this in an alert's long window are no alert: one batch that failed makes fewer. Each
 * of its orders is an event, and `rate()` makes up to a quarter more of them where ranges are short (10 s, of metrics that
 * come every 2 s). Whoever takes fewer orders than this in an hour learns of an outage from `ServiceSilent` or a broker
 * alert, or late.
 */
export const acceptanceBadEventsMin = 1.3 * batchOrdersMax;
