import { field } from '../runtime/index.ts';

export const alertRecorderFields = {
  httpListen: field.listen('STORMPROOF_HTTP_LISTEN'),
  adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  alertsMax: field.integer('STORMPROOF_ALERTS_MAX', {
    min: 1,
    max: 100_000,
    unit: 'alerts',
    fallback: 1_000,
  }),
};
