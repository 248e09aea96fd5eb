/**
 * Bad events of acceptance in an alert's long window that are still no alert: what one batch that failed makes. It has up to
 * a hundred orders, each an event, and `rate()` makes up to a quarter more of them where ranges are short (10 s, of metrics
 * that come every 2 s). Whoever takes fewer orders than this in an hour learns of an outage from `ServiceSilent` or a broker
 * alert, or late.
 */
export const acceptanceBadEventsMin = 130;
