import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loginOptions } from '../services/runtime/index.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const load = isLong ? ['--rate', '1000', '--for', '60'] : ['--rate', '100', '--for', '8'];

let stormproof: Stormproof;

beforeAll(async () => {
  stormproof = await createStormproof();
  const { exitCode, stderr } = await stormproof.run('up', '--tls', '--no-chaos');
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => stormproof.cleanUp());

/** Everything that the operator is let in by, as somebody may have copied it. */
async function copyOfKeys() {
  const target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  const login = await target.brokerLogin?.('operator');
  const seed = login?.seed?.();
  const [ca, cert, key] = await Promise.all(
    [login?.tls?.caFile, login?.tls?.certFile, login?.tls?.keyFile].map((file) =>
      readFile(file ?? '', 'utf8'),
    ),
  );
  if (login === undefined || seed === undefined) throw new Error('the operator has no key');
  const { nats } = await target.addresses();
  return {
    servers: [...nats],
    seed,
    login,
    tls: { ca, cert, key } as { ca: string; cert: string; key: string },
  };
}

const connectBy = ({ servers, login, seed, tls }: Awaited<ReturnType<typeof copyOfKeys>>) =>
  connect({ servers, reconnect: false, ...loginOptions({ ...login, seed: () => seed, tls }) });

describe('keys and certificates that are rotated again and again while orders come', () => {
  test('every order is accepted within its retries, charged once, and the old keys are worth nothing', async () => {
    const stolen = await copyOfKeys();
    await (await connectBy(stolen)).close();
    const sending = stormproof.report('load', ...load);
    let isSent = false;
    void sending.finally(() => {
      isSent = true;
    });
    let rotations = 0;
    while (!isSent || rotations === 0) {
      const { exitCode, stdout, stderr } = await stormproof.run('keys', 'rotate', '--json');
      expect(exitCode, stderr).toBe(0);
      expect((JSON.parse(stdout) as { users: string[] }).users).toContain('payment');
      rotations += 1;
    }
    const { ledger, load: sent } = (await sending).report;
    const planned = sent?.manifest.planned ?? 0;
    expect(ledger?.findings).toEqual([]);
    expect(ledger?.counts).toMatchObject({ attempted: planned, accepted: planned, charged: planned });

    const fresh = await copyOfKeys();
    await (await connectBy(fresh)).close();
    await expect(connectBy({ ...fresh, seed: stolen.seed })).rejects.toThrow(/authorization/i);
    await expect(
      connectBy({ ...fresh, tls: { ...fresh.tls, cert: stolen.tls.cert, key: stolen.tls.key } }),
    ).rejects.toThrow();
  });
});
