import { backendNames } from '../derive/instances.ts';
import { edgeName, type StreamSpec, type Topology } from '../model.ts';
import type { Rule } from './finding.ts';

/** Streams whose loss is the loss of orders or of what became of them. */
function ledgerStreams(topology: Topology): readonly StreamSpec[] {
  return topology.streams.filter((stream) => stream.holds !== 'advisories');
}

const underReplicated: Rule = {
  name: 'under-replicated',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .filter((stream) => stream.replicas < 3)
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: `with ${stream.replicas} replica(s) the loss of one broker loses or halts the stream`,
        fix: 'set replicas to 3: a majority survives the loss of any one broker',
      })),
};

const moreReplicasThanBrokers: Rule = {
  name: 'more-replicas-than-brokers',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .filter((stream) => stream.replicas > topology.brokers.replicas)
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: `${stream.replicas} replicas cannot be placed on ${topology.brokers.replicas} broker(s)`,
        fix: 'raise brokers.replicas',
      })),
};

const evenBrokers: Rule = {
  name: 'even-brokers',
  severity: 'warning',
  check: ({ brokers }) =>
    brokers.replicas % 2 === 0
      ? [
          {
            where: 'brokers',
            danger: `${brokers.replicas} brokers tolerate no more losses than ${brokers.replicas - 1}, and cost more`,
            fix: 'use an odd number of brokers',
          },
        ]
      : [],
};

const discardOld: Rule = {
  name: 'discard-old',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .filter((stream) => stream.discard === 'old')
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: 'a full stream silently forgets its oldest messages, processed or not',
        fix: "set discard to 'new': a full stream refuses instead",
      })),
};

const memoryStorage: Rule = {
  name: 'memory-storage',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .filter((stream) => stream.storage === 'memory')
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: 'a restart of the brokers empties the stream',
        fix: "set storage to 'file'",
      })),
};

const unboundedStream: Rule = {
  name: 'unbounded-stream',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .filter((stream) => stream.maxBytes <= 0)
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: "it grows until the brokers' disks are full and every stream stops",
        fix: 'set maxBytes to what the disks can hold',
      })),
};

const lessHeadroomThanOrders: Rule = {
  name: 'less-headroom-than-orders',
  severity: 'error',
  check: (topology) => {
    const ordersBytes = Math.max(
      0,
      ...topology.streams.filter((stream) => stream.holds === 'orders').map((stream) => stream.maxBytes),
    );
    return ledgerStreams(topology)
      .filter((stream) => stream.holds !== 'orders' && stream.maxBytes <= ordersBytes)
      .map((stream) => ({
        where: `stream ${stream.name}`,
        danger: 'it can fill up before the orders do, and then stored orders cannot settle',
        fix: `set maxBytes above the ${ordersBytes} of the orders`,
      }));
  },
};

const lazyFsync: Rule = {
  name: 'lazy-fsync',
  severity: 'error',
  check: ({ brokers }) =>
    brokers.syncInterval !== 'always' && brokers.isColocated
      ? [
          {
            where: 'brokers',
            danger: `all brokers share a failure domain and fsync every ${brokers.syncInterval}: one power loss loses accepted orders`,
            fix: "set syncInterval to 'always', or put the brokers into separate failure domains",
          },
        ]
      : [],
};

const unboundedRedelivery: Rule = {
  name: 'unbounded-redelivery',
  severity: 'error',
  check: (topology) =>
    topology.consumers
      .filter((consumer) => consumer.maxDeliver <= 0)
      .map((consumer) => ({
        where: `consumer ${consumer.name}`,
        danger: 'a message that crashes its reader is redelivered for ever',
        fix: 'set maxDeliver, and dead-letter what exceeds it',
      })),
};

const duplicateWindowTooShort: Rule = {
  name: 'duplicate-window-too-short',
  severity: 'error',
  check: (topology) =>
    topology.streams
      .map((stream) => {
        const publishers = topology.edges.filter((edge) =>
          edge.publishes?.some((subject) => stream.subjects.includes(subject)),
        );
        // Three tries and the back-off between them (services/runtime/publish.ts), with room for a slow broker.
        const spanMs = 5 * Math.max(0, ...publishers.map((edge) => edge.deadlineMs ?? 0));
        return { stream, spanMs };
      })
      .filter(({ stream, spanMs }) => stream.duplicateWindowMs < spanMs)
      .map(({ stream, spanMs }) => ({
        where: `stream ${stream.name}`,
        danger: `a publish is repeated for up to ${spanMs} ms, longer than message ids are remembered (${stream.duplicateWindowMs} ms)`,
        fix: 'raise duplicateWindowMs above the span of the retries',
      })),
};

const edgeWithoutDeadline: Rule = {
  name: 'edge-without-deadline',
  severity: 'error',
  check: (topology) =>
    topology.edges
      .filter((edge) => edge.deadlineMs === undefined || edge.deadlineMs <= 0)
      .map((edge) => ({
        where: `edge ${edgeName(edge)}`,
        danger: 'a peer that never answers holds its caller for ever',
        fix: 'set deadlineMs',
      })),
};

const danglingReference: Rule = {
  name: 'dangling-reference',
  severity: 'error',
  check: (topology) => {
    const services = topology.services.map((service) => service.name);
    const known = new Set<string>(['client', ...backendNames, ...services]);
    const streams = new Set(topology.streams.map((stream) => stream.name));
    const edges = topology.edges.flatMap((edge) =>
      [edge.from, edge.to]
        .filter((name) => !known.has(name))
        .map((name) => ({ where: `edge ${edgeName(edge)}`, what: name })),
    );
    const consumers = topology.consumers.flatMap((consumer) => [
      ...(streams.has(consumer.stream)
        ? []
        : [{ where: `consumer ${consumer.name}`, what: consumer.stream }]),
      ...(services.includes(consumer.service)
        ? []
        : [{ where: `consumer ${consumer.name}`, what: consumer.service }]),
    ]);
    return [...edges, ...consumers].map(({ where, what }) => ({
      where,
      danger: `it names ${JSON.stringify(what)}, which the topology does not have`,
      fix: `add ${JSON.stringify(what)}, or correct the name`,
    }));
  },
};

export const rules: readonly Rule[] = [
  underReplicated,
  moreReplicasThanBrokers,
  evenBrokers,
  discardOld,
  memoryStorage,
  unboundedStream,
  lessHeadroomThanOrders,
  lazyFsync,
  unboundedRedelivery,
  duplicateWindowTooShort,
  edgeWithoutDeadline,
  danglingReference,
];
