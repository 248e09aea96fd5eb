/**
 * The orders of a run as a pure function of the run id and an index, so that whoever sends them and whoever
 * audits them agree without handing a list over. Imports nothing: k6 runs this file too.
 */

/** One order that a load generator sends. */
export type WorkloadOrder = {
  readonly idempotencyKey: string;
  readonly customerId: string;
  /** Minor units, 100 to 99,999. */
  readonly amountMinor: number;
  readonly currency: string;
};

/** The client id under which load is sent, unless a run says otherwise. */
export const workloadClientId = 'stormproof-load';

const workloadCurrencies = ['EUR', 'USD', 'GBP', 'JPY', 'SEK', 'KWD'] as const;

/**
 * @param runId the run's id
 * @param index the order's place in the run, from 0; a whole number below 2^32
 */
export function workloadOrder(runId: string, index: number): WorkloadOrder {
  const draw = mix32(index);
  return {
    idempotencyKey: `${runId}-${index}`,
    customerId: `customer-${draw % 5_000}`,
    amountMinor: 100 + (mix32(draw) % 99_900),
    currency: workloadCurrencies[draw % workloadCurrencies.length] ?? 'EUR',
  };
}

/** The JSON body of `POST /v1/orders` for an order. */
export function workloadBody(order: WorkloadOrder): string {
  return `{"customer_id":"${order.customerId}","amount_minor":${order.amountMinor},"currency":"${order.currency}"}`;
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): a bijection that scatters 32-bit numbers. */
function mix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
