import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import { readLetters } from '../services/dead-letters/index.ts';
import { connectToBrokers } from '../targets/brokers.ts';
import { createLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { ensureTools } from '../tools/index.ts';
import { names, platform, type Topology } from '../topology/index.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

/** The brokers and their streams, and nobody who uses them. */
const brokersOnly: Topology = {
  ...platform,
  services: [],
  consumers: [],
  edges: platform.edges.filter(({ from, to }) => from === 'nats' && to === 'nats'),
};

/** A leader that is alone takes its time to notice. */
const isLong = process.env.STORMPROOF_TEST_LONG === '1';

let stormproof: Stormproof;
let target: LocalTarget;

beforeAll(async () => {
  stormproof = await createStormproof();
  const tools = await ensureTools(['nats-server'], { env: process.env });
  const runDir = join(stormproof.stateDir, 'local');
  target = createLocalTarget({ topology: brokersOnly, runDir, tools, chaos: false });
  await target.up();
});
afterAll(() => stormproof.cleanUp());

/** Every command about dead letters, and what it ends with. */
async function deadLetterCommands() {
  const commands = ['ls --json', 'show 1', 'redrive --all', 'discard --all --note why'];
  const finished = commands.map(async (words) => {
    const { exitCode, stdout, stderr } = await stormproof.run('dlq', ...words.split(' '));
    return { words, exitCode, stdout, stderr };
  });
  return Promise.all(finished);
}

const deadLetters = () => askBrokers(target, ({ streams }) => streams.info(names.deadLettersStream));

/** Asks the one broker that is left, by the way that `dlq` takes. */
async function askTheLast<T>(ask: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connectToBrokers(target, { reconnect: false });
  try {
    return await ask(await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 }));
  } finally {
    await connection.close();
  }
}

test(
  'of a cluster without a majority nobody says that there are no dead letters, and `status` tells why',
  async () => {
    const last = (await deadLetters()).cluster?.leader ?? '';
    const others = (await target.instances('nats')).map(({ name }) => name).filter((name) => name !== last);
    await Promise.all(others.map((broker) => target.kill(broker)));
    // It calls itself leader still, and would have the stream be empty.
    expect(await askTheLast(({ streams }) => streams.info(names.deadLettersStream))).toMatchObject({
      cluster: { leader: last },
      state: { messages: 0 },
    });
    await expect(askTheLast((manager) => readLetters(manager))).rejects.toThrow();

    const loss = new RegExp(
      `lost their majority: up: ${last}; no answer: ${others.join(', ')}, and at least 2 of 3`,
    );
    for (const { words, exitCode, stdout, stderr } of await deadLetterCommands()) {
      expect([words, exitCode, stdout]).toEqual([words, 3, '']);
      expect(stderr).toMatch(loss);
      expect(stderr).toMatch(/neither read nor changed now/);
    }
    const { exitCode, stdout } = await stormproof.run('status');
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(loss)]);
    expect(stdout).toMatch(/No order can be accepted[\s\S]*docs\/runbooks\/broker-quorum-lost\.md/);
    const lost = await stormproof.run('status', '--json');
    expect(JSON.parse(lost.stdout).brokers).toMatchObject({
      ...{ hasMajority: false, needed: 2, up: [last], down: others },
      leaderless: platform.streams.map(({ name }) => name),
    });

    if (isLong) {
      const isLeaderless = async ({ streams }: JetStreamManager) =>
        (await streams.info(names.deadLettersStream)).cluster?.leader === undefined;
      await until('the last one knows that it leads nothing', () => askTheLast(isLeaderless), 300_000);
      await expect(askTheLast((manager) => readLetters(manager))).rejects.toThrow(
        'DEAD_LETTERS has no leader',
      );
    }

    await Promise.all(others.map((broker) => target.start(broker)));
    await until('everything is well again', async () => {
      const again = await stormproof.run('status', '--json');
      return again.exitCode === 0 && JSON.parse(again.stdout).brokers.hasMajority;
    });
    expect(await stormproof.run('dlq', 'ls')).toMatchObject({ exitCode: 0, stdout: 'no dead letters\n' });
  },
  isLong ? 400_000 : undefined,
);
