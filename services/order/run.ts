import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deriveChargeKey } from '../../proto/identity.ts';
import {
  connectNats,
  createReadiness,
  newSpanId,
  parseConfig,
  runService,
  startTelemetry,
} from '../runtime/index.ts';
import { openClients } from './clients/clients.ts';
import { orderFields } from './config.ts';
import { openProjection } from './projection.ts';
import { createPublisher } from './publisher.ts';
import { type OrderParts, startOrderService } from './service.ts';
import { wireReading } from './wire.ts';

const hourMs = 3_600_000;

/** The parts on which the service's promises rest, and which sabotage replaces one at a time. */
export type OrderOverrides = Partial<
  Pick<OrderParts, 'createPublisher' | 'messageIdOf' | 'reading' | 'chargeKeyOf' | 'groupLimits'>
>;

/**
 * Runs the order service as this process, configured from the environment (config.ts).
 *
 * @param overrides parts to use instead of the right ones
 */
export async function runOrder(overrides: OrderOverrides = {}): Promise<void> {
  await runService('order', async ({ environment, instance, log }) => {
    const config = parseConfig(environment, orderFields);
    const telemetry = startTelemetry({ service: 'order', instance, endpoint: config.otlpEndpoint });
    const readiness = createReadiness(['nats', 'projection', 'http']);
    const nats = await connectNats({ brokers: config, name: instance, log, readiness });
    // Message ids must never repeat across restarts, or a new group would pass for an old one.
    const bootId = newSpanId();
    const machineBootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
    return startOrderService({
      http: config.httpListen,
      admin: config.adminListen,
      nats,
      readiness,
      telemetry,
      log,
      openProjection: (events) =>
        openProjection({
          ...events,
          directory: join(config.dataDir, 'projection'),
          bootId: machineBootId,
          now: Date.now,
          keyMemoryMs: config.keyMemoryHours * hourMs,
          rowRetentionMs: config.rowRetentionDays * 24 * hourMs,
          rowsMax: config.projectionRowsMax,
        }),
      openClients: (onRefused) =>
        openClients({
          path: config.clientsFile,
          usagePath: join(config.dataDir, 'quotas.json'),
          log,
          nowMs: () => performance.now(),
          onRefused,
        }),
      createPublisher,
      messageIdOf: (group) => `${instance}-${bootId}-${group}`,
      reading: wireReading,
      chargeKeyOf: deriveChargeKey,
      groupLimits: {
        ordersMax: config.groupOrdersMax,
        bytesMax: config.groupBytesMax,
        inFlightMax: config.groupsInFlightMax,
        spacingMs: config.groupSpacingMs,
        queuedOrdersMax: config.queuedOrdersMax,
        standingMsMax: config.queueStandingMsMax,
        waitMsMax: config.queueWaitMsMax,
      },
      streamFillMax: config.streamFillMax,
      projectionLagMax: config.projectionLagMax,
      sampleRatio: config.sampleRatio,
      shutdownLingerMs: config.shutdownLingerMs,
      now: Date.now,
      monotonicMs: () => performance.now(),
      ...overrides,
    });
  });
}
