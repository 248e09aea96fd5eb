import { batchOrdersMax } from '../../proto/batch.ts';

/**
 * Fewer bad events of acceptance than this in an alert's long window are no alert: one batch that failed makes fewer, each
 * of its orders being an event. Whoever takes fewer orders than this in an hour learns of an outage from `ServiceSilent` or a
 * broker alert, or late.
 */
export const acceptanceBadEventsMin = batchOrdersMax + 1;
