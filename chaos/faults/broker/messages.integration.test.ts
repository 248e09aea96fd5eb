import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalTarget, type LocalTarget, toolsNeeded } from '../../../targets/local/index.ts';
import { ensureTools } from '../../../tools/index.ts';
import { platform, type Topology } from '../../../topology/index.ts';
import { workloadBody, workloadClientId, workloadOrder } from '../../../verdict/workload.ts';
import { completeRequest, type FaultKind } from '../../core/fault.ts';
import { lookUntilClean } from '../../core/sweep.ts';
import { faultKinds, sweeps } from '../index.ts';
import { readCounters } from '../provider/profile.ts';

/** What an order passes on its way to its charge, with proxies on the edges that are disturbed. */
const topology: Topology = {
  ...platform,
  services: platform.services.filter(({ name }) => name !== 'broker-metrics'),
  edges: platform.edges.filter(
    ({ from, to }) => from !== 'client' && ['order', 'payment'].includes(from) && to !== 'collector',
  ),
};

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('messages of a platform under load', () => {
  let target: LocalTarget;
  let sending: NodeJS.Timeout;

  beforeAll(async () => {
    const tools = await ensureTools(toolsNeeded({ topology, chaos: true }), { env: process.env });
    const runDir = await mkdtemp(join(tmpdir(), 'messages-'));
    target = createLocalTarget({ topology, runDir, tools, chaos: true });
    await target.up();
    const url = `${(await target.addresses()).order[0]}/v1/orders`;
    let index = 0;
    sending = setInterval(() => {
      const order = workloadOrder('messages', index++);
      void fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': order.idempotencyKey,
          'x-client-id': workloadClientId,
        },
        body: workloadBody(order),
      }).catch(() => {
        // What becomes of the orders is for experiments to judge.
      });
    }, 25);
    while ((await readCounters(target)).charged === 0) await sleep(50);
  });

  afterAll(async () => {
    clearInterval(sending);
    await target?.down({ deleteData: true });
  });

  const cases: readonly { readonly kind: FaultKind<never>; readonly edge: string }[] = [
    { kind: faultKinds['publish-ack-lost'], edge: 'order-nats' },
    { kind: faultKinds['ack-lost-after-charge'], edge: 'payment-nats' },
  ];

  describe.each(cases)('$kind.name', ({ kind, edge }) => {
    const resolve = async () =>
      JSON.parse(JSON.stringify(await kind.resolve(target, completeRequest(kind, { edge } as never))));

    test('is not proven when nothing was injected', async () => {
      const observation = await kind.observe(target, await resolve());
      expect(await observation.prove()).toMatchObject({ acted: false });
    });

    test('is proven while it holds, and healed from the journal alone', async () => {
      const victim = await resolve();
      const observation = await kind.observe(target, victim);
      await kind.inject(target, victim);
      expect(await observation.prove()).toMatchObject({ acted: true });
      expect(await kind.residue(target, victim)).not.toEqual([]);
      await kind.heal(target, victim);
      await kind.heal(target, victim);
      const { wrong } = await lookUntilClean(target, sweeps, { timeoutMs: 20_000 });
      expect([wrong, await kind.residue(target, victim)]).toEqual([[], []]);
      const { charged } = await readCounters(target);
      await expect
        .poll(async () => (await readCounters(target)).charged, { timeout: 30_000 })
        .toBeGreaterThan(charged);
    });
  });

  test('a stall that nothing was stored or charged under is neither', async () => {
    clearInterval(sending);
    await expect.poll(async () => isQuiet(target), { timeout: 30_000, interval: 1_000 }).toBe(true);
    for (const { kind, edge } of cases) {
      const victim = await kind.resolve(target, completeRequest(kind, { edge } as never));
      const observation = await kind.observe(target, victim);
      await kind.inject(target, victim);
      expect(await observation.prove()).toMatchObject({ acted: false });
      await kind.heal(target, victim);
    }
  });

  test('poison leaves a residue until the order beside it is charged', async () => {
    // Without load: payment holds so many groups at a time, and these stand behind them.
    const refusing = faultKinds['provider-errors'];
    const victim = await faultKinds.poison.resolve(target, {});
    const residue = () => faultKinds.poison.residue(target, victim);
    await refusing.inject(target, { share: 1 });
    await faultKinds.poison.inject(target, victim);
    await expect
      .poll(residue, { timeout: 30_000, interval: 250 })
      .toEqual(['the sound order beside a poisonous one is not charged']);
    await refusing.heal(target, {});
    await expect.poll(residue, { timeout: 60_000, interval: 250 }).toEqual([]);
  });
});

/** Whether the provider is asked for nothing for a second. */
async function isQuiet(target: LocalTarget): Promise<boolean> {
  const { charged } = await readCounters(target);
  await sleep(1_000);
  return (await readCounters(target)).charged === charged;
}
