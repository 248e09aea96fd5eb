import { groupOrdersMax } from '../../proto/codec.ts';
import { brokerFields, field } from '../runtime/index.ts';

/** Settings of the order service. */
export const orderFields = {
  httpListen: field.listen('STORMPROOF_HTTP_LISTEN'),
  adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
  dataDir: field.text('STORMPROOF_DATA_DIR', { expected: 'a directory for the projection' }),
  ...brokerFields,
  /** Who may use the API (clients/clients-file.ts); absent: everybody who reaches it. */
  clientsFile: field.optionalText('STORMPROOF_CLIENTS_FILE'),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  /** Share of the traces that start here which are kept. */
  sampleRatio: field.number('STORMPROOF_SAMPLE_RATIO', { min: 0, max: 1, fallback: 0.01 }),
  groupOrdersMax: field.integer('STORMPROOF_GROUP_ORDERS_MAX', {
    min: 1,
    max: groupOrdersMax,
    fallback: 256,
  }),
  groupBytesMax: field.integer('STORMPROOF_GROUP_BYTES_MAX', {
    min: 4_096,
    max: 900 * 1024,
    unit: 'bytes',
    fallback: 256 * 1024,
  }),
  groupsInFlightMax: field.integer('STORMPROOF_GROUPS_IN_FLIGHT', { min: 1, max: 256, fallback: 4 }),
  groupSpacingMs: field.integer('STORMPROOF_GROUP_SPACING_MS', {
    min: 0,
    max: 100,
    unit: 'ms',
    fallback: 20,
  }),
  queuedOrdersMax: field.integer('STORMPROOF_QUEUED_ORDERS_MAX', { min: 1, max: 100_000, fallback: 4_096 }),
  /** How long more than a group's worth of orders may wait before new ones are refused. */
  queueStandingMsMax: field.integer('STORMPROOF_QUEUE_STANDING_MS', {
    min: 10,
    max: 10_000,
    unit: 'ms',
    fallback: 500,
  }),
  /** How long an order may wait for its group to leave before it is refused. */
  queueWaitMsMax: field.integer('STORMPROOF_QUEUE_WAIT_MS', {
    min: 10,
    max: 10_000,
    unit: 'ms',
    fallback: 2_000,
  }),
  /** New orders are refused while a stream holds more than this share of what it may hold. */
  streamFillMax: field.number('STORMPROOF_STREAM_FILL_MAX', { min: 0.01, max: 1, fallback: 0.95 }),
  /** New orders are refused while the projection has more messages than this to apply. */
  projectionLagMax: field.integer('STORMPROOF_PROJECTION_LAG_MAX', {
    min: 1,
    max: 10_000_000,
    unit: 'messages',
    fallback: 20_000,
  }),
  keyMemoryHours: field.number('STORMPROOF_KEY_MEMORY_HOURS', { min: 0.01, max: 168, fallback: 24 }),
  rowRetentionDays: field.number('STORMPROOF_ROW_RETENTION_DAYS', { min: 0.01, max: 3_650, fallback: 7 }),
  /** Its keys take 15 bytes of memory each, also of rows that are not there yet; 40 million are read in half a minute at the start. */
  projectionRowsMax: field.integer('STORMPROOF_PROJECTION_ROWS_MAX', {
    min: 100,
    max: 40_000_000,
    fallback: 5_000_000,
  }),
  /** How long the service keeps serving after it says that it is not ready, so that balancers notice. */
  shutdownLingerMs: field.integer('STORMPROOF_SHUTDOWN_LINGER_MS', {
    min: 0,
    max: 5_000,
    unit: 'ms',
    fallback: 0,
  }),
};
