import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Target, TargetError } from '../../../targets/target.ts';
import type { FaultKind, FaultRequests, Victim } from '../../core/fault.ts';
import { isChargeKnown } from '../broker/charges.ts';
import { outsider, outsiderOrder, storeOutsiderOrder } from '../broker/outsider.ts';

const timeoutMs = 5_000;
const settledWithinMs = 20_000;
const pollMs = 250;

/**
 * The provider has a charge of an order that is not stored: somebody charged it past the platform, or the streams were
 * restored from an old copy.
 *
 * Proven by the provider, which knows the charge, and the order service, which does not know the order. Healed by storing
 * the order: payment charges it under its key, and the provider gives it the charge that it has.
 */
export const chargeWithoutOrder: FaultKind<FaultRequests['charge-without-order']> = {
  name: 'charge-without-order',
  parameters: {},
  actsOn: { kind: 'service', services: ['psp'] },

  resolve: async () => ({
    /** Tells this order from any other. */
    mark: randomUUID(),
    atMs: Date.now(),
  }),
  describe: () => 'a charge without an order',
  subject: () => 'psp',
  disables: () => [],

  observe: async (target, victim) => ({
    async prove() {
      const isCharged = await isChargeKnown(target, orderOf(victim).chargeKey);
      const state = await stateOf(target, victim);
      return {
        acted: isCharged && state === undefined,
        measurement: `the provider ${isCharged ? 'has' : 'does not have'} the charge, and the order is ${state ?? 'unknown'}`,
      };
    },
  }),

  async inject(target, victim) {
    const { orderId, chargeKey, amountMinor, currency } = orderOf(victim);
    const [url] = (await target.addresses()).psp;
    const response = await fetch(`${url}/v1/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': chargeKey },
      body: JSON.stringify({
        order_id: orderId,
        amount_minor: Number(amountMinor),
        currency,
        run_id: outsider,
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new TargetError('not-ready', `${url} answered ${response.status} to a charge`);
    await response.arrayBuffer();
  },

  async heal(target, victim) {
    // What was never charged needs no order.
    if (!(await isChargeKnown(target, orderOf(victim).chargeKey))) return;
    if ((await stateOf(target, victim)) === undefined) await storeOutsiderOrder(target, orderOf(victim));
  },

  async residue(target, victim) {
    if (!(await isChargeKnown(target, orderOf(victim).chargeKey))) return [];
    const deadline = performance.now() + settledWithinMs;
    let state = await stateOf(target, victim);
    while (state !== 'charged' && performance.now() < deadline) {
      await sleep(pollMs);
      state = await stateOf(target, victim);
    }
    return state === 'charged' ? [] : [`the order of a charge without one is ${state ?? 'not stored'}`];
  },
};

const orderOf = ({ mark, atMs }: Victim) => outsiderOrder(`${mark}-charge`, Number(atMs));

/** How the order stands, as the order service tells; undefined when it does not know it. */
async function stateOf(target: Target, victim: Victim): Promise<string | undefined> {
  const [url] = (await target.addresses()).orderAdmin;
  const response = await fetch(`${url}/admin/orders/${orderOf(victim).orderId}`, {
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new TargetError('not-ready', `${url} answered ${response.status}`);
  return String(((await response.json()) as { readonly status?: unknown }).status);
}
