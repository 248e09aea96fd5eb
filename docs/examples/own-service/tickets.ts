import { setTimeout as sleep } from 'node:timers/promises';
import { faultKinds } from '../../../chaos/index.ts';
import type { LocalTarget } from '../../../targets/local/index.ts';
import {
  type Attempt,
  checkEffects,
  type EffectsReport,
  type LedgerAdapter,
} from '../../../verdict/effects/index.ts';

/** What clients saw, by the id of the ticket. */
type History = Map<string, Attempt>;

/**
 * Sends tickets through the proxies of the edge, one every 20 ms, kills the service on the way, makes its network slow,
 * heals both, waits for the effects, and judges.
 */
export async function runTickets(target: LocalTarget, tickets: number): Promise<EffectsReport> {
  const { through, admin } = await addressesOf(target);
  const history: History = new Map();
  const sending: Promise<void>[] = [];
  const faults = breakThings(target, tickets * 20);
  for (let number = 0; number < tickets; number++) {
    sending.push(sell(through, history, number));
    await sleep(20);
  }
  await Promise.all([...sending, faults]);
  const adapter = adapterOf(admin, history);
  await settled(adapter);
  return checkEffects(adapter);
}

/** @throws when a fault did not act: a run in which nothing happened shows nothing */
async function breakThings(target: LocalTarget, durationMs: number): Promise<void> {
  const kill = faultKinds.kill;
  const latency = faultKinds.latency;
  await sleep(durationMs / 4);
  const killed = await kill.resolve(target, { instance: 'tickets-0' });
  const killing = await kill.observe(target, killed);
  await kill.inject(target, killed);
  const death = await killing.prove();
  await kill.heal(target, killed);

  const slowed = await latency.resolve(target, { edge: 'client-tickets', latencyMs: 200, jitterMs: 0 });
  const slowing = await latency.observe(target, slowed);
  await latency.inject(target, slowed);
  const slowness = await slowing.prove();
  await latency.heal(target, slowed);
  for (const { acted, measurement } of [death, slowness]) {
    if (!acted) throw new Error(`a fault did not act: ${measurement}`);
  }
}

/** An answer is believed; anything else leaves open what happened, and is sent again with the same id. */
async function sell(through: string, history: History, number: number): Promise<void> {
  const id = `ticket-${number}`;
  const content = `seat ${number}`;
  for (let tries = 0; tries < 20; tries++) {
    const answer = await fetch(`http://${through}/tickets`, {
      method: 'POST',
      body: JSON.stringify({ id, seat: content }),
      signal: AbortSignal.timeout(1_000),
    }).catch(() => undefined);
    if (answer?.status === 201) {
      history.set(id, { id, answer: 'accepted', content });
      return;
    }
    history.set(id, { id, answer: 'unknown', content });
    await sleep(250);
  }
}

/** The three witnesses: the client's history, and the service's two files as its admin listener shows them. */
function adapterOf(admin: string, history: History): LedgerAdapter {
  return {
    attempted: () => history.values(),
    stored: () => listing(`${admin}/sold`),
    effected: () => listing(`${admin}/printed`),
  };
}

async function* listing(url: string): AsyncGenerator<{ readonly id: string; readonly content: string }> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  for (const line of (await response.text()).split('\n').filter((text) => text !== '')) {
    const { id, seat } = JSON.parse(line) as { readonly id: string; readonly seat: string };
    yield { id, content: seat };
  }
}

/** Waits until everything that is stored has an effect, at most 10 s: what has none by then is for the verdict to tell. */
async function settled(adapter: LedgerAdapter): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(100)) {
    const { findings, gaps } = await checkEffects(adapter);
    if (gaps.length === 0 && findings.every(({ rule }) => rule !== 'unsettled')) return;
  }
}

async function addressesOf(
  target: LocalTarget,
): Promise<{ readonly through: string; readonly admin: string }> {
  const [proxy] = await target.proxies('client-tickets');
  const admin = (await target.addresses()).serviceAdmin?.tickets?.[0];
  if (proxy === undefined || admin === undefined) throw new Error('nobody can reach tickets');
  return { through: proxy.through, admin };
}
