/** What one broker says about itself and about the streams and consumers it hosts. */
export type BrokerReading = {
  readonly broker: string;
  readonly connections: number;
  /** Other brokers it has routes to. */
  readonly peers: number;
  readonly memoryBytes: number;
  readonly streams: readonly StreamReading[];
  readonly consumers: readonly ConsumerReading[];
};

export type StreamReading = {
  readonly stream: string;
  /** The broker that leads it, as this broker knows; undefined during an election. */
  readonly leader: string | undefined;
  readonly bytes: number;
  readonly messages: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Replicas that hold everything the leader has, the leader included; known to the leader only. */
  readonly currentReplicas: number;
};

export type ConsumerReading = {
  readonly stream: string;
  readonly consumer: string;
  readonly leader: string | undefined;
  /** Messages not delivered yet. */
  readonly pending: number;
  /** Messages delivered and not acknowledged yet. */
  readonly ackPending: number;
  /** Of those, delivered more than once. */
  readonly redelivered: number;
  /**
   * Deliveries less the messages they came to. Only its rise means something: how many deliveries were repeats. The origin
   * is arbitrary, since it falls, far below zero, where the consumer is set back, and a little under a new leader that is
   * behind.
   */
  readonly redeliveries: number;
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the answers of a broker's `/varz` and `/jsz?streams=true&consumers=true&config=true`. Only durable consumers
 * count: the names of others change with every reconnect and would make a new series each time. Members that are
 * missing count as zero or nothing, because nats-server leaves out what is zero.
 */
export function parseReading(varz: unknown, jsz: unknown): BrokerReading {
  const server = toObject(varz);
  const broker = String(server.server_name ?? '');
  const details = listOf(toObject(jsz), 'account_details').flatMap((account) =>
    listOf(account, 'stream_detail'),
  );
  return {
    broker,
    connections: numberOf(server, 'connections'),
    peers: numberOf(server, 'remotes'),
    memoryBytes: numberOf(server, 'mem'),
    streams: details.map((detail) => parseStream(detail, broker)),
    consumers: details.flatMap((detail) =>
      listOf(detail, 'consumer_detail')
        .filter((consumer) => toObject(consumer.config).durable_name !== undefined)
        .map((consumer) => parseConsumer(consumer, String(detail.name), broker)),
    ),
  };
}

/**
 * The streams as their leaders see them. A follower may be behind, and during an election nobody knows: then a stream
 * is left out.
 */
export function streamsByLeader(readings: readonly BrokerReading[]): readonly StreamReading[] {
  return readings.flatMap(({ broker, streams }) => streams.filter(({ leader }) => leader === broker));
}

/** The consumers as their leaders see them. */
export function consumersByLeader(readings: readonly BrokerReading[]): readonly ConsumerReading[] {
  return readings.flatMap(({ broker, consumers }) => consumers.filter(({ leader }) => leader === broker));
}

function parseStream(detail: Json, broker: string): StreamReading {
  const state = toObject(detail.state);
  const cluster = toObject(detail.cluster);
  const current = listOf(cluster, 'replicas').filter(
    (replica) => replica.current === true && replica.offline !== true,
  );
  return {
    stream: String(detail.name),
    leader: leaderOf(detail, broker),
    bytes: numberOf(state, 'bytes'),
    messages: numberOf(state, 'messages'),
    firstSequence: numberOf(state, 'first_seq'),
    lastSequence: numberOf(state, 'last_seq'),
    currentReplicas: current.length + 1,
  };
}

function parseConsumer(detail: Json, stream: string, broker: string): ConsumerReading {
  const delivered = toObject(detail.delivered);
  return {
    stream,
    consumer: String(detail.name),
    leader: leaderOf(detail, broker),
    pending: numberOf(detail, 'num_pending'),
    ackPending: numberOf(detail, 'num_ack_pending'),
    redelivered: numberOf(detail, 'num_redelivered'),
    redeliveries: numberOf(delivered, 'consumer_seq') - numberOf(delivered, 'stream_seq'),
  };
}

/** A broker without a cluster leads everything it has. */
function leaderOf(detail: Json, broker: string): string | undefined {
  if (detail.cluster === undefined) return broker;
  const leader = toObject(detail.cluster).leader;
  return typeof leader === 'string' && leader !== '' ? leader : undefined;
}

function toObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf(object: Json, key: string): readonly Json[] {
  const list = object[key];
  return Array.isArray(list) ? list.map(toObject) : [];
}

function numberOf(object: Json, key: string): number {
  const number = object[key];
  return typeof number === 'number' ? number : 0;
}
