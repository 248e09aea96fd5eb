import { field } from '../runtime/index.ts';

/** Settings of the simulated provider. */
export const pspFields = {
  httpListen: field.listen('STORMPROOF_HTTP_LISTEN'),
  adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
  dataDir: field.text('STORMPROOF_DATA_DIR', { expected: 'a directory for the charge ledger' }),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  /** Limits the ledger file, in pages of 4 KiB, as a full disk would. */
  ledgerPagesMax: field.integer('STORMPROOF_PSP_LEDGER_PAGES_MAX', {
    min: 10,
    max: 4_294_967_294,
    fallback: 4_294_967_294,
  }),
};
