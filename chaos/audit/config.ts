import { brokerFields, field } from '../../services/runtime/index.ts';

/** What the audit is told by its environment when it runs in a cluster. */
export const auditFields = {
  ...brokerFields,
  /** A name that stands for every instance of order. */
  orderAdminUrl: field.httpUrl('STORMPROOF_ORDER_ADMIN_URL'),
  /** Absent: the provider keeps its ledger to itself, and what needs it is left unchecked. */
  pspAdminUrl: field.optionalHttpUrl('STORMPROOF_PSP_ADMIN_URL'),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
};
