import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { names } from '../topology/index.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('a broker that loses its disk', () => {
  let stormproof: Stormproof;
  let target: LocalTarget;

  beforeAll(async () => {
    stormproof = await createStormproof();
    const { exitCode, stderr } = await stormproof.run('up');
    if (exitCode !== 0) throw new Error(stderr);
    target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  });
  afterAll(() => stormproof.cleanUp());

  const streamInfo = (stream: string) => askBrokers(target, ({ streams }) => streams.info(stream));

  /** Kills a broker, throws its disk away, starts it with an empty one, and waits until every copy is there again. */
  async function loseDisk(broker: string): Promise<void> {
    await target.kill(broker);
    await rm((await target.dataDirectory(broker)) ?? '', { recursive: true });
    await target.start(broker);
    for (const stream of [names.ordersStream, names.outcomesStream]) {
      await until(`every copy of ${stream} is current`, async () => {
        const { cluster } = await streamInfo(stream);
        return cluster?.replicas?.length === 2 && cluster.replicas.every(({ current }) => current);
      });
    }
  }

  test('gets everything from the others, under load: no accepted order is lost or charged twice', async () => {
    const { finished } = stormproof.start('load', '--rate', '100', '--for', '20', '--json');
    await until('the load is being stored', async () => {
      return (await streamInfo(names.ordersStream)).state.last_seq > 50;
    });
    await loseDisk('nats-1');
    const report = JSON.parse((await finished).stdout) as ReportJson;
    expect(report.ledger?.findings).toEqual([]);
    expect(report.ledger?.counts).toMatchObject({ charged: report.ledger?.counts.stored });
  });

  test('and another one that does: it does not start, and everything comes back from the third', async () => {
    const before = await streamInfo(names.ordersStream);
    expect(before.state.messages).toBeGreaterThan(0);
    const { report: healthy } = await stormproof.report('audit');
    for (const broker of ['nats-0', 'nats-1']) {
      await target.kill(broker);
      await rm((await target.dataDirectory(broker)) ?? '', { recursive: true });
    }
    const refused = await stormproof.run('up');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/nats-0 and nats-1 have lost .* majority .*--from-disk-of nats-2/),
    ]);
    const directory = join(stormproof.stateDir, 'salvaged');
    const early = await stormproof.run('backup', directory, '--from-disk-of', 'nats-2');
    expect([early.exitCode, early.stderr]).toEqual([2, expect.stringContaining('nats-2 runs')]);
    expect((await stormproof.run('down')).exitCode).toBe(0);
    const taken = await stormproof.run('backup', directory, '--from-disk-of', 'nats-2');
    expect([taken.exitCode, taken.stdout]).toEqual([0, expect.stringContaining('backed up')]);
    const restored = await stormproof.run('restore', directory, '--in-place');
    expect([restored.exitCode, restored.stderr]).toEqual([0, expect.stringContaining('put aside')]);

    expect((await streamInfo(names.ordersStream)).state).toMatchObject({
      messages: before.state.messages,
      last_seq: before.state.last_seq,
    });
    const { report } = await stormproof.report('audit');
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
    expect(report.ledger?.counts).toEqual(healthy.ledger?.counts);
    const { report: load } = await stormproof.report('load', '--rate', '50', '--for', '2');
    expect(load.decision.verdict).toBe('PASS');
  });
});
