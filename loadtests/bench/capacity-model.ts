/**
 * How many cores, processes, brokers and streams a rate needs, and what gives way first: arithmetic on what was measured at a
 * lower one. Pure; docs/scaling-out.md is made of it. Everything is taken to grow with the rate in a straight line, which nobody
 * has shown beyond the rate at which it was measured.
 */

/** What was measured, of one order where nothing else is said. CPU in microseconds. */
export type MeasuredCosts = {
  /** Orders per second at which the CPU was measured. */
  readonly rate: number;
  /** Of all instances of order together, of which there was one. */
  readonly orderUs: number;
  readonly paymentUs: number;
  readonly pspUs: number;
  /** Of all brokers together. */
  readonly brokersUs: number;
  readonly telemetryUs: number;
  /** Of the recorder. */
  readonly generatorUs: number;
  /**
   * What each further instance of order adds: it applies every order and outcome to a projection of its own. Undefined where
   * nobody measured several instances, or the difference was lost in the noise.
   */
  readonly projectionUs: number | undefined;
  /** Orders that shared a message when the platform was full. */
  readonly ordersPerMessage: number;
  /** In one replica of the streams of orders and outcomes together. */
  readonly streamBytesPerCopy: number;
  readonly streamReplicas: number;
  /** Of 4 KiB, at the median, milliseconds. */
  readonly fsyncMs: number;
  /** Orders per second that brokers alone took into one stream, in groups; undefined where that was not measured. */
  readonly streamOrdersPerSecond: number | undefined;
};

/** What is assumed, and not measured. */
export type Assumptions = {
  /** How much of a core, a stream or a link may be used: the rest is for repeats, failovers and bursts. */
  readonly utilisation: number;
  /** Of the machine that a broker has to itself. */
  readonly coresPerBroker: number;
  /** Of that machine, in each direction. */
  readonly networkBytesPerSecond: number;
  /** The `maxBytes` of the orders' stream; orders and outcomes take about the same bytes. */
  readonly ordersMaxBytes: number;
};

/** What one rate needs. Undefined where no number of instances is enough. */
export type Needs = {
  readonly orderReplicas: number | undefined;
  /** If each instance held the projection of its share of the orders only, as it does not. */
  readonly orderReplicasPartitioned: number;
  readonly paymentReplicas: number;
  readonly pspProcesses: number;
  /** Of the orders' stream and of the outcomes', each with a leader of its own. */
  readonly partitions: number;
  readonly brokers: number;
  readonly generators: number;
  /** Of everything but the generators, at the utilisation that is assumed; undefined like the replicas. */
  readonly cores: number | undefined;
  /** The same for {@link Needs.orderReplicasPartitioned}. */
  readonly coresPartitioned: number;
  /** Group messages a second, which payment acknowledges one by one. */
  readonly messagesPerSecond: number;
  /** Written to disks by all replicas of the streams. */
  readonly diskBytesPerSecond: number;
  /** Sent by all brokers: to followers, to payment and to every projection; undefined like the replicas. */
  readonly networkBytesPerSecond: number | undefined;
  /** How long one partition of the orders' stream takes orders until it is full, and refuses them. */
  readonly secondsUntilFull: number;
};

const usPerSecond = 1_000_000;

/** @param rate orders per second */
export function needsAt(costs: MeasuredCosts, rate: number, assumed: Assumptions): Needs {
  const { utilisation: u, coresPerBroker } = assumed;
  const processes = (us: number) => Math.max(1, Math.ceil((us * rate) / (u * usPerSecond)));
  const orderReplicas = replicasOfOrder(costs, rate, u);
  const partitions = partitionsAt(costs, rate, u);
  const brokers = Math.max(
    costs.streamReplicas,
    Math.ceil((costs.brokersUs * rate) / (u * usPerSecond * coresPerBroker)),
  );
  const orderUs =
    orderReplicas === undefined ? undefined : costs.orderUs + (costs.projectionUs ?? 0) * (orderReplicas - 1);
  const otherUs = costs.paymentUs + costs.pspUs + costs.brokersUs + costs.telemetryUs;
  const bytesPerSecond = costs.streamBytesPerCopy * rate;
  return {
    orderReplicas,
    orderReplicasPartitioned: processes(costs.orderUs),
    paymentReplicas: processes(costs.paymentUs),
    pspProcesses: processes(costs.pspUs),
    partitions,
    // An even number survives no more than the odd one below it.
    brokers: brokers % 2 === 0 ? brokers + 1 : brokers,
    generators: processes(costs.generatorUs),
    cores: orderUs === undefined ? undefined : ((orderUs + otherUs) * rate) / (u * usPerSecond),
    coresPartitioned: ((costs.orderUs + otherUs) * rate) / (u * usPerSecond),
    messagesPerSecond: rate / costs.ordersPerMessage,
    diskBytesPerSecond: bytesPerSecond * costs.streamReplicas,
    networkBytesPerSecond:
      orderReplicas === undefined
        ? undefined
        : bytesPerSecond * (costs.streamReplicas - 1 + 1 + orderReplicas),
    secondsUntilFull: (assumed.ordersMaxBytes * partitions) / (bytesPerSecond / 2),
  };
}

/**
 * N instances share what accepting costs (a), and each applies all orders (b): a·R/N + b·R must fit into one event loop, so that
 * N = a·R / (u·10⁶ - b·R). Above R = u·10⁶/b no N is enough.
 */
function replicasOfOrder(
  { orderUs, projectionUs = 0 }: MeasuredCosts,
  rate: number,
  utilisation: number,
): number | undefined {
  const left = utilisation * usPerSecond - projectionUs * rate;
  if (left <= 0) return undefined;
  return Math.max(1, Math.ceil(((orderUs - projectionUs) * rate) / left));
}

/** As many as keep each below what one stream took, and below one fsync after the other. */
function partitionsAt(costs: MeasuredCosts, rate: number, utilisation: number): number {
  const ofOne = [costs.streamOrdersPerSecond ?? Infinity, fsyncOrdersPerSecond(costs)];
  return Math.max(1, Math.ceil(rate / (utilisation * Math.min(...ofOne))));
}

/** A leader that syncs a message before it takes the next one: a bound from below, since it may sync several at once. */
function fsyncOrdersPerSecond({ ordersPerMessage, fsyncMs }: MeasuredCosts): number {
  return (ordersPerMessage * 1_000) / fsyncMs;
}

/** What gives way as the rate rises, and nothing else is in its way. */
export type Limit = {
  readonly name:
    | 'order-process'
    | 'payment-process'
    | 'psp-process'
    | 'generator-process'
    | 'stream'
    | 'fsync'
    | 'acknowledgements'
    | 'projections'
    | 'broker-network';
  /** Orders per second. */
  readonly rate: number;
};

/** The platform as it is, with one of everything, from what gives way first; what was not measured is left out. */
export function limitsOf(costs: MeasuredCosts, assumed: Assumptions): readonly Limit[] {
  const { utilisation: u, networkBytesPerSecond } = assumed;
  const process = (us: number) => (u * usPerSecond) / us;
  const { projectionUs, streamOrdersPerSecond, streamBytesPerCopy, streamReplicas } = costs;
  const limits: readonly Limit[] = [
    { name: 'order-process', rate: process(costs.orderUs) },
    { name: 'payment-process', rate: process(costs.paymentUs) },
    { name: 'psp-process', rate: process(costs.pspUs) },
    { name: 'generator-process', rate: process(costs.generatorUs) },
    ...(streamOrdersPerSecond === undefined
      ? []
      : [{ name: 'stream' as const, rate: u * streamOrdersPerSecond }]),
    { name: 'fsync', rate: u * fsyncOrdersPerSecond(costs) },
    ...(projectionUs === undefined ? [] : [{ name: 'projections' as const, rate: process(projectionUs) }]),
    // One leader sends each byte to its followers, to payment and to one instance of order.
    {
      name: 'broker-network',
      rate: (u * networkBytesPerSecond) / (streamBytesPerCopy * (streamReplicas - 1 + 2)),
    },
  ];
  return [...limits].sort((one, other) => one.rate - other.rate);
}
