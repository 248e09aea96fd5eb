import { names } from '../../topology/platform.ts';
import {
  connectNats,
  createAdminServer,
  createReadiness,
  delay,
  listen,
  parseConfig,
  runService,
  startTelemetry,
} from '../runtime/index.ts';
import { ackWaitMsOf, paymentFields, providerDeadlineMs } from './config.ts';
import { type PaymentParts, rightParts } from './parts.ts';
import { createPaymentService, neededConsumers } from './service.ts';

/** A broker that does not answer is not waited for longer than this at the end. */
const drainMsMax = 1_000;

/**
 * The composition root of payment: runs it as this process.
 *
 * @param overrides parts to use instead of the right ones; only sabotage compositions pass any
 */
export async function runPayment(overrides: Partial<PaymentParts> = {}): Promise<void> {
  const parts: PaymentParts = { ...rightParts, ...overrides };
  await runService('payment', async ({ environment, instance, log }) => {
    const config = parseConfig(environment, paymentFields);
    const telemetry = startTelemetry({ service: 'payment', instance, endpoint: config.otlpEndpoint });
    const readiness = createReadiness(['nats', ...neededConsumers.map(({ part }) => part)]);
    const admin = createAdminServer({ log, readiness, telemetry });
    await listen(admin, config.adminListen);
    const connection = await connectNats({ brokers: config, name: instance, log, readiness });
    const provider = parts.createProvider({
      baseUrl: config.providerUrl,
      deadlineMs: providerDeadlineMs(),
    });
    const service = await createPaymentService({
      connection,
      inboxPrefix: config.natsInboxPrefix,
      provider,
      breaker: parts.createBreaker({ name: provider.name, resetMs: config.breakerResetMs }),
      parts,
      readiness,
      telemetry,
      log,
      groupsMax: config.groupsMax,
      roundMs: config.roundMs,
      chargeMode: config.chargeMode,
      ackWaitMs: {
        orders: ackWaitMsOf(names.paymentConsumer),
        advisories: ackWaitMsOf(names.advisoryConsumer),
      },
      now: Date.now,
      monotonicMs: () => performance.now(),
    });
    return {
      async stop() {
        await service.stop();
        await Promise.race([connection.drain(), delay(drainMsMax)]);
        await admin.close();
        await telemetry.shutdown();
      },
    };
  });
}
