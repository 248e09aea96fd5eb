import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsConnection, nkeys, PermissionViolationError } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, describe, expect, it } from 'vitest';
import { loginOptions, readSeed } from '../../services/runtime/broker-login.ts';
import { freePort, run, until } from '../../services/runtime/fixtures/processes.ts';
import { ensureTools } from '../../tools/index.ts';
import {
  brokerKeysFile,
  brokerUsersOf,
  inboxPrefixOf,
  renderBrokerKeys,
  renderNatsServerConfig,
} from '../../topology/derive/index.ts';
import { platform, type Topology } from '../../topology/index.ts';
import { ensureBrokerKeys } from './broker-keys.ts';
import { layoutOf } from './layout.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-broker-users-'));
const tools = await ensureTools(['nats-server'], { env: process.env });
const layout = layoutOf(join(folder, 'run'));

/** One broker with the users of a topology; their keys are those of the run directory. */
async function startBroker(topology: Topology) {
  const users = brokerUsersOf(topology).map(({ name }) => name);
  await mkdir(join(folder, 'run'), { recursive: true });
  const secrets = await ensureBrokerKeys(layout, users);
  const home = await mkdtemp(join(folder, 'broker-'));
  const ports = { client: await freePort(), cluster: await freePort(), monitor: await freePort() };
  const config = renderNatsServerConfig(
    { ...topology, brokers: { ...topology.brokers, replicas: 1 } },
    {
      ...{ instance: 'nats-0', ports: { 'nats-0': ports }, proxies: [], clusterName: 'users' },
      ...{ storeDir: join(home, 'store'), routePassword: secrets.routePassword },
    },
  );
  await writeFile(join(home, 'nats.conf'), config);
  for (const [user, keys] of Object.entries(secrets.keys)) {
    await writeFile(join(home, brokerKeysFile(user)), renderBrokerKeys(user, keys));
  }
  const broker = run(tools['nats-server'], ['-c', join(home, 'nats.conf')]);
  const url = `nats://127.0.0.1:${ports.client}`;
  const connectAs = (user: string) =>
    connect({
      ...loginOptions({ inboxPrefix: inboxPrefixOf(user), seed: () => readSeed(layout.keys.seed(user)) }),
      servers: url,
      reconnect: false,
    });
  const operator = await until('the broker answers', () => connectAs('operator').catch(() => undefined));
  await operator.close();
  return { broker, url, connectAs };
}

const { broker, url, connectAs } = await startBroker(platform);

afterAll(async () => {
  await broker.end('SIGKILL');
  await rm(folder, { recursive: true });
});

const streams = [...platform.streams.map(({ name }) => name), 'STRANGER'];
const consumers = [...platform.consumers.map(({ name }) => name), 'anybody'];
const of = (calls: readonly string[], ...names: readonly (readonly string[])[]) =>
  names.reduce(
    (subjects, more) => subjects.flatMap((subject) => more.map((name) => `${subject}.${name}`)),
    calls,
  );
const api = (calls: readonly string[]) => calls.map((call) => `$JS.API.${call}`);

/** Every subject of the platform and every call of the broker's API (nats-server, jetstream_api.go). */
const published: readonly string[] = [
  ...platform.streams.flatMap(({ subjects }) => subjects),
  ...['orders', 'orders.v1', 'orders.v1.other', 'anything', '$KV.bucket.key', '$SYS.REQ.SERVER.PING'],
  ...brokerUsersOf(platform).map(({ name }) => `${inboxPrefixOf(name)}.x.y`),
  ...api(['INFO', 'STREAM.NAMES', 'STREAM.LIST', 'META.LEADER.STEPDOWN', 'SERVER.REMOVE']),
  ...api(['ACCOUNT.PURGE.anybody', 'ACCOUNT.STREAM.MOVE.anybody.ORDERS']),
  ...of(
    api(
      [
        ...['CREATE', 'UPDATE', 'INFO', 'DELETE', 'PURGE', 'SNAPSHOT', 'RESTORE', 'MSG.GET', 'MSG.DELETE'],
        ...['LEADER.STEPDOWN', 'PEER.REMOVE'],
      ].map((call) => `STREAM.${call}`),
    ),
    streams,
  ),
  ...of(api(['DIRECT.GET', 'CONSUMER.CREATE', 'CONSUMER.NAMES', 'CONSUMER.LIST']), streams),
  ...of(
    api(
      [
        ...['CREATE', 'DURABLE.CREATE', 'INFO', 'DELETE', 'MSG.NEXT', 'LEADER.STEPDOWN', 'PAUSE', 'RESET'],
        'UNPIN',
      ].map((call) => `CONSUMER.${call}`),
    ),
    streams,
    consumers,
  ),
  ...of(api(['CONSUMER.CREATE']), streams, consumers, ['orders.v1.created']),
  ...of(['$JS.ACK'], streams, consumers, ['1.1.1.1.1']),
  ...of(['$JS.ACK.domain.hash'], streams, consumers, ['1.1.1.1.1.random']),
  ...of(['$JS.FC'], streams, consumers, ['x']),
];

const subscribed: readonly string[] = [
  ...['>', '*', 'orders.>', '$JS.>', '$JS.API.>', '$JS.ACK.>', '$JS.EVENT.>', '$SYS.>', '_INBOX.>'],
  ...platform.streams.flatMap(({ subjects }) => subjects),
  ...brokerUsersOf(platform).map(({ name }) => `${inboxPrefixOf(name)}.>`),
];

/** What the edges of the topology come to, written down here once more: the test must not ask what it tests. */
const expected: Readonly<
  Record<string, { readonly publish: readonly string[]; readonly subscribe: string }>
> = {
  order: {
    publish: [
      'orders.v1.created',
      ...['ORDERS', 'OUTCOMES', 'DEAD_LETTERS'].map((name) => `$JS.API.STREAM.INFO.${name}`),
      ...['CREATE', 'DELETE', 'MSG.NEXT'].map((call) => `$JS.API.CONSUMER.${call}.ORDERS.payment-advisories`),
      ...['CREATE', 'DELETE', 'MSG.NEXT'].map((call) => `$JS.API.CONSUMER.${call}.ORDERS.anybody`),
      ...of(api(['CREATE', 'DELETE', 'MSG.NEXT'].map((call) => `CONSUMER.${call}`)), ['OUTCOMES'], consumers),
      ...of(api(['CONSUMER.INFO']), ['ORDERS', 'OUTCOMES'], consumers),
    ],
    subscribe: '_INBOX_order.>',
  },
  payment: {
    publish: [
      'orders.v1.processed',
      'orders.v1.dead-letter',
      '$JS.API.STREAM.MSG.GET.ORDERS',
      '$JS.API.CONSUMER.INFO.ORDERS.payment-processor',
      '$JS.API.CONSUMER.MSG.NEXT.ORDERS.payment-processor',
      '$JS.ACK.ORDERS.payment-processor.1.1.1.1.1',
      '$JS.ACK.domain.hash.ORDERS.payment-processor.1.1.1.1.1.random',
      '$JS.API.CONSUMER.INFO.ADVISORIES.payment-advisories',
      '$JS.API.CONSUMER.MSG.NEXT.ADVISORIES.payment-advisories',
      '$JS.ACK.ADVISORIES.payment-advisories.1.1.1.1.1',
      '$JS.ACK.domain.hash.ADVISORIES.payment-advisories.1.1.1.1.1.random',
    ],
    subscribe: '_INBOX_payment.>',
  },
  provision: {
    publish: [
      ...api(['INFO', 'STREAM.NAMES']),
      ...of(api(['STREAM.CREATE', 'STREAM.UPDATE', 'STREAM.INFO']), streams.slice(0, -1)),
      ...of(api(['CONSUMER.CREATE', 'CONSUMER.INFO']), ['ORDERS.payment-processor']),
      ...of(api(['CONSUMER.CREATE', 'CONSUMER.INFO']), ['ADVISORIES.payment-advisories']),
    ],
    subscribe: '_INBOX_provision.>',
  },
  audit: {
    publish: [
      ...api(['INFO']),
      ...of(api(['STREAM.INFO', 'STREAM.MSG.GET']), streams.slice(0, -1)),
      ...of(api(['CONSUMER.INFO']), streams.slice(0, -1), consumers),
      ...of(
        api(['CREATE', 'DELETE', 'MSG.NEXT'].map((call) => `CONSUMER.${call}`)),
        streams.slice(0, -1),
        consumers,
      ).filter((subject) => !/ORDERS\.payment-processor$|ADVISORIES\.payment-advisories$/.test(subject)),
    ],
    subscribe: '_INBOX_audit.>',
  },
};

/** Tries everything over one connection. @returns what the broker did not refuse */
async function whatPasses(connection: NatsConnection) {
  const refused = { publish: new Set<string>(), subscription: new Set<string>() };
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue;
      refused[status.error.operation].add(status.error.subject);
    }
  })();
  for (const subject of published) connection.publish(subject);
  for (const subject of subscribed) connection.subscribe(subject, { callback: () => undefined });
  await connection.flush();
  // The refusal of a subscription may come after the answer to a flush.
  await connection.flush();
  await connection.close();
  await watching;
  return {
    publish: published.filter((subject) => !refused.publish.has(subject)),
    subscribe: subscribed.filter((subject) => !refused.subscription.has(subject)),
  };
}

/** What somebody may do that no edge says, or may not do that one does. */
function differences(user: string, passed: Awaited<ReturnType<typeof whatPasses>>): readonly string[] {
  const { publish = [], subscribe = '' } = expected[user] ?? {};
  const compare = (what: string, found: readonly string[], wanted: readonly string[]) => [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `${user} may ${what} ${one}`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `${user} may not ${what} ${one}`),
  ];
  return [
    ...compare('publish', passed.publish, publish),
    ...compare('subscribe to', passed.subscribe, [subscribe]),
  ];
}

describe('the users of the brokers', () => {
  it('are the operator and those that this test knows', () => {
    const users = brokerUsersOf(platform).map(({ name }) => name);
    expect(new Set(users)).toEqual(new Set(['operator', ...Object.keys(expected)]));
  });

  it.each(Object.keys(expected))(
    '%s gets through with what its edges say, of all subjects, and nothing else',
    async (user) => {
      expect(differences(user, await whatPasses(await connectAs(user)))).toEqual([]);
    },
  );

  it('a user that may do more, or less, than its edges say is noticed', async () => {
    const edges = platform.edges.map((edge) =>
      edge.from === 'payment' && edge.to === 'nats' ? { ...edge, publishes: ['orders.v1.>'] } : edge,
    );
    const wide = await startBroker({ ...platform, edges, consumers: platform.consumers.slice(0, 1) });
    try {
      const found = differences('payment', await whatPasses(await wide.connectAs('payment')));
      expect(found).toContain('payment may publish orders.v1.created');
      expect(found).toContain(
        'payment may not publish $JS.API.CONSUMER.MSG.NEXT.ADVISORIES.payment-advisories',
      );
    } finally {
      await wide.broker.end('SIGKILL');
    }
  });

  it('nobody else is let in: without a key, or by a key of their own', async () => {
    const stranger = nkeys.createUser().getSeed();
    const login = loginOptions({ inboxPrefix: '_INBOX', seed: () => stranger });
    await expect(connect({ servers: url, reconnect: false })).rejects.toThrow(/authorization/i);
    await expect(connect({ servers: url, reconnect: false, ...login })).rejects.toThrow(/authorization/i);
  });
});
