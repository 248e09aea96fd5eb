import { type names, platform } from '../../topology/platform.ts';
import { brokerFields, field } from '../runtime/index.ts';
import type { ChargeMode } from './charging.ts';
import { defaultRoundMs } from './pull.ts';

const modes: readonly ChargeMode[] = ['batch', 'per-order'];

/** Settings of payment. */
export const paymentFields = {
  adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
  ...brokerFields,
  providerUrl: field.httpUrl('STORMPROOF_PSP_URL'),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  /** Groups worked on at once; no more are pulled. */
  groupsMax: field.integer('STORMPROOF_PAYMENT_GROUPS_MAX', { min: 1, max: 512, fallback: 16 }),
  /** From one round of pulling groups to the next (pull.ts). */
  roundMs: field.integer('STORMPROOF_PAYMENT_ROUND_MS', { min: 0, max: 1_000, fallback: defaultRoundMs }),
  chargeMode: {
    key: 'STORMPROOF_PAYMENT_CHARGE_MODE',
    expected: modes.join(' or '),
    parse: (text: string) => modes.find((mode) => mode === text),
    fallback: { value: 'batch' as ChargeMode },
  },
  /** How long the breaker stays open before it lets a trial through. */
  breakerResetMs: field.integer('STORMPROOF_PAYMENT_BREAKER_RESET_MS', {
    min: 10,
    max: 600_000,
    unit: 'ms',
    fallback: 15_000,
  }),
};

/** How long one call to the provider may take: the deadline of its edge in the topology. */
export function providerDeadlineMs(): number {
  const edge = platform.edges.find(({ from, to }) => from === 'payment' && to === 'psp');
  return edge?.deadlineMs ?? 2_000;
}

/** @returns how long the named consumer waits for an acknowledgement before it delivers again */
export function ackWaitMsOf(consumer: typeof names.paymentConsumer | typeof names.advisoryConsumer): number {
  const spec = platform.consumers.find(({ name }) => name === consumer);
  if (spec === undefined) throw new Error(`the topology has no consumer ${consumer}`);
  return spec.ackWaitMs;
}
