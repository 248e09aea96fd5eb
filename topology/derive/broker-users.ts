import type { ConsumerSpec, EdgeSpec, Topology } from '../model.ts';
import { variableWord } from './variable-word.ts';

/** Who the brokers let in, and to what: subjects as NATS permissions take them. A denial wins over what is allowed. */
export type BrokerUser = {
  readonly name: string;
  readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
};

/** The user of people, tools and chaos, who may do everything; nobody's service. */
export const operatorUser = 'operator';
/** The user that makes streams and consumers. */
export const provisionUser = 'provision';
/** The user that reads every stream, and changes nothing. */
export const auditUser = 'audit';

/** What the inboxes of a user begin with: answers to one user are nothing that another one can subscribe to. */
export function inboxPrefixOf(user: string): string {
  return `_INBOX_${user}`;
}

/**
 * Every user of the brokers. A service that has an edge to them is one, by its name, and may do what its edges and
 * consumers say: publish on its subjects, follow and watch its streams, pull from and acknowledge to its own consumers,
 * and get its own answers. All instances of a service are the same user.
 *
 * What permissions cannot narrow down: the names of ordered consumers are random, so whoever follows a stream may make,
 * ask and delete any consumer of it but the durable ones of others.
 *
 * @throws Error when a service has the name of a user that is none
 */
export function brokerUsersOf(topology: Topology): readonly BrokerUser[] {
  const edges = topology.edges.filter(({ to, protocol }) => to === 'nats' && protocol === 'nats');
  const taken = edges.find(({ from }) => [operatorUser, provisionUser, auditUser].includes(from));
  if (taken !== undefined)
    throw new Error(`no service may be called ${taken.from}: a user of the brokers is`);
  return [
    { name: operatorUser, publish: { allow: ['>'], deny: [] }, subscribe: { allow: ['>'] } },
    user(provisionUser, provisioning(topology)),
    user(auditUser, {
      allow: [
        '$JS.API.INFO',
        ...topology.streams.flatMap(({ name }) => [...following(name), `$JS.API.STREAM.MSG.GET.${name}`]),
      ],
      deny: topology.consumers.flatMap(takingOver),
    }),
    ...edges.map((edge) => user(edge.from, ofService(topology, edge))),
  ];
}

function user(name: string, publish: BrokerUser['publish']): BrokerUser {
  return { name, publish, subscribe: { allow: [`${inboxPrefixOf(name)}.>`] } };
}

function ofService(topology: Topology, edge: EdgeSpec): BrokerUser['publish'] {
  const { from, publishes = [], reads = [], watches = [], fetches = [] } = edge;
  const own = topology.consumers.filter(({ service }) => service === from);
  const others = topology.consumers.filter(
    ({ service, stream }) => service !== from && reads.includes(stream),
  );
  return {
    allow: [
      ...publishes,
      ...reads.flatMap(following),
      ...watches.map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...fetches.map((stream) => `$JS.API.STREAM.MSG.GET.${stream}`),
      ...own.flatMap(pulling),
    ],
    deny: others.flatMap(takingOver),
  };
}

/** To read a stream by ordered consumers, whose names nobody knows beforehand. */
function following(stream: string): readonly string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    ...['CREATE', 'INFO', 'MSG.NEXT', 'DELETE'].map((call) => `$JS.API.CONSUMER.${call}.${stream}.*`),
  ];
}

/** What whoever may follow a stream may not do to a durable consumer of somebody else. */
function takingOver({ stream, name }: ConsumerSpec): readonly string[] {
  return ['CREATE', 'MSG.NEXT', 'DELETE'].map((call) => `$JS.API.CONSUMER.${call}.${stream}.${name}`);
}

/** To pull from a durable consumer and to acknowledge, in either spelling of acknowledgements (NATS ADR-15). */
function pulling({ stream, name }: ConsumerSpec): readonly string[] {
  return [
    `$JS.API.CONSUMER.INFO.${stream}.${name}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.>`,
    `$JS.ACK.*.*.${stream}.${name}.>`,
  ];
}

/** To make streams and consumers, or make them again what they should be; nothing to delete, read or write with. */
function provisioning({ streams, consumers }: Topology): BrokerUser['publish'] {
  return {
    allow: [
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      ...streams.flatMap(({ name }) =>
        ['CREATE', 'UPDATE', 'INFO'].map((call) => `$JS.API.STREAM.${call}.${name}`),
      ),
      ...consumers.flatMap(({ stream, name }) =>
        ['CREATE', 'INFO'].map((call) => `$JS.API.CONSUMER.${call}.${stream}.${name}`),
      ),
    ],
    deny: [],
  };
}

/** Where the configuration of a broker finds a user's keys: a file beside it, made by {@link renderBrokerKeys}. */
export function brokerKeysFile(user: string): string {
  return `user-${user}.conf`;
}

/** The public keys by which a user is let in: the one that it has, and one to change to; nkeys, `U…`. */
export type BrokerKeys = readonly [string, string];

const keySlots = ['A', 'B'] as const;

function keyVariable(name: string, slot: (typeof keySlots)[number]): string {
  return `KEY_${variableWord(name)}_${slot}`;
}

/**
 * The users as a broker's configuration has them, without their keys, so that keys can change where the configuration
 * does not. Each user is let in by either of two keys, between which it can change while it is connected.
 */
export function renderBrokerUsers(topology: Topology): readonly string[] {
  const users = brokerUsersOf(topology);
  const list = (subjects: readonly string[]) =>
    `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
  return [
    ...users.map(({ name }) => `include "${brokerKeysFile(name)}"`),
    ...users.flatMap(({ name, publish, subscribe }) => [
      `PERMISSIONS_${variableWord(name)}: {`,
      '  publish: {',
      `    allow: ${list(publish.allow)}`,
      ...(publish.deny.length === 0 ? [] : [`    deny: ${list(publish.deny)}`]),
      '  }',
      `  subscribe: { allow: ${list(subscribe.allow)} }`,
      '}',
    ]),
    'authorization {',
    // Longer than the time that a client waits for its answer on a slow edge.
    '  timeout: 10',
    '  users: [',
    ...users.flatMap(({ name }) =>
      keySlots.map(
        (slot) =>
          `    { nkey: $${keyVariable(name, slot)}, permissions: $PERMISSIONS_${variableWord(name)} }`,
      ),
    ),
    '  ]',
    '}',
  ];
}

/** The file of a user's public keys. */
export function renderBrokerKeys(user: string, keys: BrokerKeys): string {
  return keySlots.map((slot, index) => `${keyVariable(user, slot)}: "${keys[index]}"\n`).join('');
}

/**
 * Reads what {@link renderBrokerKeys} wrote.
 * @returns undefined when the text is something else
 */
export function parseBrokerKeys(user: string, text: string): BrokerKeys | undefined {
  const keys = keySlots.map(
    (slot) => new RegExp(`^${keyVariable(user, slot)}: "(U[A-Z2-7]{55})"$`, 'm').exec(text)?.[1],
  );
  const [one, other] = keys;
  return one === undefined || other === undefined ? undefined : [one, other];
}
