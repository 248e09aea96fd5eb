import { performance } from 'node:perf_hooks';
import { type Target, TargetError } from '../../../targets/target.ts';
import type { FaultRequests, Observation } from '../../core/fault.ts';
import { createBehaviourKind } from './behaviour.ts';
import { providerAdminUrl } from './profile.ts';

/**
 * The provider answers late. It charges first and then lets the time pass, as a real one does whose network is slow. Proven
 * by the delay ({@link observeDelay}).
 */
export const providerSlow = createBehaviourKind<FaultRequests['provider-slow']>({
  name: 'provider-slow',
  parameters: { latencyMs: { unit: 'ms', min: 1, max: 60_000, meaning: 'delay after each charge' } },
  describe: ({ latencyMs }) => `answers ${latencyMs} ms late`,
  profile: ({ latencyMs }) => ({ latencyMs: Number(latencyMs) }),
  observe: (target, { latencyMs }) => observeDelay(target, Number(latencyMs)),
});

const repeats = 3;

/**
 * Observes how late the provider answers, by repeating a charge that it already has, under its own key, which charges
 * nothing. The fastest of three answers, which a busy machine delays least, must come later than before by 80 % of the delay.
 * Those before come one after the other, so that they do not wait for each other; those meanwhile together, which takes the
 * delay once.
 */
export async function observeDelay(target: Target, latencyMs: number): Promise<Observation> {
  const charge = await readAnyCharge(target);
  const timeoutMs = 2 * latencyMs + 5_000;
  const before: number[] = [];
  while (before.length < repeats) before.push(await repeatCharge(target, charge, timeoutMs));
  const beforeMs = Math.min(...before);
  return {
    async prove() {
      const during = Array.from({ length: repeats }, () => repeatCharge(target, charge, timeoutMs));
      const duringMs = Math.min(...(await Promise.all(during)));
      return {
        acted: duringMs - beforeMs >= 0.8 * latencyMs,
        measurement: `psp: a repeated charge was answered after ${Math.round(duringMs)} ms (before: ${Math.round(beforeMs)} ms)`,
      };
    },
  };
}

/** A row of the provider's export, in its words (services/psp/admin-api.ts). */
type ExportedCharge = {
  readonly charge_key: string;
  readonly order_id: string;
  readonly amount_minor: number;
  readonly currency: string;
};

/** The first charge of the ledger; the probe of the steady state has left one at least. */
async function readAnyCharge(target: Target): Promise<ExportedCharge> {
  const reading = new AbortController();
  const response = await fetch(`${await providerAdminUrl(target)}/admin/charges`, { signal: reading.signal });
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      if (text.includes('\n')) break;
    }
  } finally {
    // The ledger may be long.
    reading.abort();
  }
  const charge = JSON.parse(text.split('\n')[0] ?? '') as Partial<ExportedCharge>;
  if (charge.charge_key === undefined) {
    throw new TargetError('not-ready', 'the provider has no charge yet that could be repeated');
  }
  return charge as ExportedCharge;
}

/** @returns how long the answer took, milliseconds */
async function repeatCharge(target: Target, charge: ExportedCharge, timeoutMs: number): Promise<number> {
  const [url] = (await target.addresses()).psp;
  const startedAt = performance.now();
  const response = await fetch(`${url}/v1/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': charge.charge_key },
    body: JSON.stringify({
      order_id: charge.order_id,
      amount_minor: charge.amount_minor,
      currency: charge.currency,
    }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}
