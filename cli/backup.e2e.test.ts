import { createHash } from 'node:crypto';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import type { BackupManifest } from '../targets/backup/index.ts';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { names } from '../topology/index.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;
let target: LocalTarget;
let directory: string;

async function up(): Promise<void> {
  const { exitCode, stderr } = await stormproof.run('up');
  if (exitCode !== 0) throw new Error(stderr);
  target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
}

const lastOrder = () =>
  askBrokers(target, async ({ streams }) => (await streams.info(names.ordersStream)).state.last_seq);

/** What a stream holds up to a sequence, message by message. */
function digestOf(stream: string, lastSeq: number): Promise<string> {
  return askBrokers(target, async ({ streams }) => {
    const hash = createHash('sha256');
    for (let seq = 1; seq <= lastSeq; seq++) {
      const message = await streams.getMessage(stream, { seq });
      hash.update(`${seq} ${message?.subject} ${message?.time.toISOString()} `).update(message?.data ?? '');
    }
    return hash.digest('hex');
  });
}

const digestsOf = (manifest: BackupManifest) =>
  Promise.all(
    manifest.streams.map(async ({ stream, state }) => `${stream} ${await digestOf(stream, state.last_seq)}`),
  );

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('a backup', () => {
  let manifest: BackupManifest;
  let digests: readonly string[];

  beforeAll(async () => {
    stormproof = await createStormproof();
    directory = join(await mkdtemp(join(tmpdir(), 'backup-')), 'monday');
    await up();
  });
  afterAll(async () => {
    await stormproof.cleanUp();
    await rm(join(directory, '..'), { recursive: true });
  });

  test('is taken under load, and of the brokers’ own checksums', async () => {
    const before = await lastOrder();
    const { finished } = stormproof.start('load', '--rate', '100', '--for', '20', '--json');
    await until('the load is being stored', async () => (await lastOrder()) > before + 50);
    const { exitCode, stdout, stderr } = await stormproof.run('backup', directory, '--json');
    expect([exitCode, stderr]).toEqual([0, '']);
    manifest = JSON.parse(stdout) as BackupManifest;
    expect(manifest.streams.map(({ stream }) => stream).at(-1)).toBe(names.ordersStream);
    const load = JSON.parse((await finished).stdout) as ReportJson;
    expect(load.decision.verdict).toBe('PASS');
    digests = await digestsOf(manifest);
    // It was no backup of a platform at rest.
    const stored = manifest.streams.find(({ stream }) => stream === names.ordersStream)?.state.last_seq ?? 0;
    expect(stored).toBeGreaterThan(before);
    expect(stored).toBeLessThan(await lastOrder());
  });

  test('is not brought back over orders, nor when it is damaged, and is not overwritten', async () => {
    const refusals: string[] = [];
    const refuse = async (...words: string[]) => {
      const { exitCode, stderr } = await stormproof.run(...words);
      expect(exitCode).toBe(1);
      refusals.push(stderr);
    };
    await refuse('restore', directory);
    await refuse('backup', directory);
    const damaged = `${directory}-damaged`;
    await cp(directory, damaged, { recursive: true });
    await appendFile(join(damaged, 'ORDERS.snapshot'), '.');
    await refuse('restore', damaged);
    await rm(join(damaged, 'backup.json'));
    await refuse('restore', damaged);
    expect(refusals).toEqual([
      expect.stringMatching(/empty platform .* stream ORDERS has had \d+ messages/),
      expect.stringContaining('exists'),
      expect.stringMatching(/damaged:\n {2}ORDERS.snapshot has SHA-256/),
      expect.stringContaining('was the backup finished?'),
    ]);
  });

  test('gives an empty platform every order and outcome that it has, and a ledger that passes', async () => {
    expect((await stormproof.run('down', '--delete-data')).exitCode).toBe(0);
    await up();
    const { exitCode, stderr } = await stormproof.run('restore', directory);
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(await digestsOf(manifest)).toEqual(digests);

    const { report } = await stormproof.report('audit');
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
    const { counts } = report.ledger ?? {};
    expect(counts?.stored).toBeGreaterThan(0);
    expect(counts?.charged).toBe(counts?.stored);
    // Only what had not been acknowledged came once more; the provider knew the charges that it had.
    const { ackFloor } = manifest.consumers.find(({ consumer }) => consumer === names.paymentConsumer) ?? {};
    expect(ackFloor).toBeGreaterThan(0);
    // The platform goes on, and what is provisioned is as the topology says.
    const { report: load } = await stormproof.report('load', '--rate', '50', '--for', '2');
    expect(load.decision.verdict).toBe('PASS');
    expect((await stormproof.run('up')).exitCode).toBe(0);
  });
});
