import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBrokers } from '../chaos/index.ts';
import { OrderGroupSchema, PaymentGroupSchema } from '../proto/gen/orders/v1/orders_pb.js';
import { attachLocalTarget, type LocalTarget } from '../targets/local/index.ts';
import { names } from '../topology/index.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';

/** The restarts, there and back, must all be under load. */
const [rate, seconds] = [1_000, 120];
const stopGraceMs = 20_000;

const versions = {
  order: 'chaos/variants/order-mixed-schemas.ts',
  payment: 'chaos/variants/payment-mixed-schemas.ts',
};
const instances = ['payment-0', 'payment-1', 'order-0', 'order-1'];

let stormproof: Stormproof;
let target: LocalTarget;

/** How many of a stream's newest messages have a field that this version does not know. */
async function countNewer(stream: string): Promise<number> {
  const schema = stream === names.ordersStream ? OrderGroupSchema : PaymentGroupSchema;
  return askBrokers(target, async ({ streams }) => {
    const { state } = await streams.info(stream);
    let newer = 0;
    for (let seq = state.last_seq; seq > Math.max(0, state.last_seq - 20); seq--) {
      const message = await streams.getMessage(stream, { seq });
      const { $unknown = [] } = fromBinary(schema, message?.data ?? new Uint8Array());
      if ($unknown.length > 0) newer += 1;
    }
    return newer;
  });
}

describe.runIf(isLong)('a rolling upgrade to another schema under 1,000 orders/s, and back', () => {
  beforeAll(async () => {
    stormproof = await createStormproof();
    const replicas = ['--replicas', 'order=2,payment=2'];
    const { exitCode, stderr } = await stormproof.run('up', '--no-chaos', ...replicas);
    if (exitCode !== 0) throw new Error(stderr);
    target = await attachLocalTarget({ runDir: join(stormproof.stateDir, 'local') });
  });
  afterAll(() => stormproof.cleanUp());

  test('accepts every order within its retries, and charges each once', async () => {
    const load = stormproof.start('load', '--rate', `${rate}`, '--for', `${seconds}`, '--json');
    await until('orders come', async () =>
      askBrokers(target, async ({ streams }) => (await streams.info(names.ordersStream)).state.last_seq > 20),
    );
    for (const name of instances) {
      const service = name.startsWith('order') ? 'order' : 'payment';
      expect(await target.terminate(name, stopGraceMs)).toMatchObject({ wasKilled: false });
      await target.startAs(name, versions[service]);
    }
    for (const stream of [names.ordersStream, names.outcomesStream]) {
      await until(`${stream} has messages of the next schema`, async () => (await countNewer(stream)) > 0);
    }
    for (const name of [...instances].reverse()) {
      expect(await target.terminate(name, stopGraceMs)).toMatchObject({ wasKilled: false });
      await target.start(name);
    }
    // Otherwise the last restarts would have shown nothing.
    expect(load.process.exitCode).toBeNull();

    const { stdout, stderr } = await load.finished;
    expect(stdout, stderr).toMatch(/^\{/);
    const { ledger, load: sent } = JSON.parse(stdout) as ReportJson;
    const orders = rate * seconds;
    expect(ledger?.findings).toEqual([]);
    const answers = JSON.stringify(sent?.latency.answers);
    expect(ledger?.counts, answers).toMatchObject({ attempted: orders, accepted: orders, charged: orders });
    expect(ledger?.counts.projected).toEqual({ 'order-0': orders, 'order-1': orders });
    expect(ledger?.notChecked).toEqual([]);
  });
});
