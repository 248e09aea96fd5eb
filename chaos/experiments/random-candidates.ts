import type { Random } from '../../loadtests/recorder/random.ts';
import { type EdgeSpec, edgeName } from '../../topology/model.ts';
import { names, platform } from '../../topology/platform.ts';
import type { FaultRequest } from '../core/fault.ts';
import { faultKinds } from '../faults/index.ts';

/**
 * A fault that may be drawn, and what it has to do with others that hold at the same time. What it needs and takes are
 * words: a service (`psp`: its instances answer), an edge, `quorum`, the provider's `profile`, `charges` (orders flow all
 * the way to the provider). Two faults go together when neither takes what the other needs: its proof could not be seen.
 */
export type Candidate = {
  /** What it breaks. */
  readonly part: 'brokers' | 'services' | 'provider' | 'path' | 'telemetry';
  readonly needs: readonly string[];
  readonly takes: readonly string[];
  /** How long its injection, and after its hold its healing, may take together, milliseconds. */
  readonly settleMs: number;
  request(draw: Random): FaultRequest;
};

/**
 * How each disturbance of an edge is drawn; those that interrupt let nothing come through. What is slow is slower than a busy
 * machine, and well within the two seconds that callers wait.
 */
const disturbances: readonly {
  readonly fault: 'latency' | 'jitter' | 'bandwidth' | 'slicer' | 'stall' | 'half-open' | 'reset';
  readonly interrupts: boolean;
  readonly fits?: (edge: EdgeSpec) => boolean;
  readonly request: (edge: EdgeSpec, draw: Random) => FaultRequest;
}[] = [
  {
    fault: 'latency',
    interrupts: false,
    request: (edge, draw) => ({
      fault: 'latency',
      request: { edge: edgeName(edge), latencyMs: between(draw, 200, 500) },
    }),
  },
  {
    fault: 'jitter',
    interrupts: false,
    request: (edge, draw) => ({
      fault: 'jitter',
      request: { edge: edgeName(edge), spreadMs: between(draw, 400, 700) },
    }),
  },
  {
    fault: 'bandwidth',
    interrupts: false,
    // Others answer before they have read what they did not ask for, which proves nothing.
    fits: ({ to, protocol }) => to === 'psp' || protocol === 'nats',
    request: (edge, draw) => ({
      fault: 'bandwidth',
      request: { edge: edgeName(edge), rateKbps: between(draw, 150, 250) },
    }),
  },
  {
    // Between brokers and their clients 13 KB/s of slices is less than a load needs; shorter pauses a busy machine cannot tell.
    ...{ fault: 'slicer', interrupts: true },
    request: (edge) => ({
      fault: 'slicer',
      request: { edge: edgeName(edge), pieceBytes: 64, pauseUs: isOnPath(edge) ? 5_000 : 10_000 },
    }),
  },
  ...(['stall', 'half-open', 'reset'] as const).map((fault) => ({
    ...{ fault, interrupts: true },
    request: (edge: EdgeSpec): FaultRequest => ({ fault, request: { edge: edgeName(edge) } }),
  })),
];

/** Whether orders and their outcomes pass over it, from the client to the provider. */
function isOnPath(edge: EdgeSpec): boolean {
  return ['client-order', 'order-nats', 'payment-nats', 'payment-psp'].includes(edgeName(edge));
}

function ofEdges(): readonly Candidate[] {
  return platform.edges.flatMap((edge) => {
    const name = edgeName(edge);
    const part = isOnPath(edge) ? ('path' as const) : ('telemetry' as const);
    return disturbances
      .filter(({ fault, fits = () => true }) => {
        const { actsOn } = faultKinds[fault];
        return actsOn.kind === 'edge' && actsOn.protocols.includes(edge.protocol) && fits(edge);
      })
      .map(({ interrupts, request }) => ({
        part,
        needs: [name, edge.to, edge.from],
        takes: interrupts && part === 'path' ? [name, 'charges'] : [name],
        settleMs: interrupts ? 3_000 : 1_000,
        request: (draw: Random) => request(edge, draw),
      }));
  });
}

function ofServices(): readonly Candidate[] {
  const of = (service: string, part: Candidate['part'], settleMs: number, request: FaultRequest) => ({
    ...{ part, settleMs },
    needs: [service],
    takes: part === 'services' ? [service, 'charges'] : [service],
    request: () => request,
  });
  const services = ['order', 'payment', 'psp'].flatMap((service) => [
    ...(['kill', 'pause', 'slow-start'] as const).map((fault) =>
      of(service, 'services', 5_000, { fault, request: { instance: `${service}-0` } }),
    ),
    of(service, 'services', 8_000, { fault: 'rolling-restart', request: { service } }),
  ]);
  const watchers = ['collector', 'jaeger', 'prometheus'].flatMap((service) =>
    (['kill', 'pause'] as const).map((fault) =>
      of(service, 'telemetry', 5_000, { fault, request: { instance: `${service}-0` } }),
    ),
  );
  return [...services, ...watchers];
}

/** What is short for a service whose process goes on. */
function ofResources(): readonly Candidate[] {
  const squeezes = ['order', 'payment', 'psp'].map(
    (service): Candidate => ({
      ...{ part: 'services', settleMs: 5_000 },
      needs: [service],
      takes: [service, 'charges'],
      request: (draw) => ({
        fault: 'cpu-squeeze',
        request: { instance: `${service}-0`, share: between(draw, 30, 60) / 100 },
      }),
    }),
  );
  const locks = ['order', 'psp'].map(
    (service): Candidate => ({
      ...{ part: 'services', settleMs: 8_000 },
      // Only changes wait for a lock; those of the provider for less than the second after which it refuses.
      needs: [service, 'charges'],
      takes: [service, 'charges'],
      request: (draw) => ({
        fault: 'database-contention',
        request: { instance: `${service}-0`, lockMs: between(draw, 400, 800) },
      }),
    }),
  );
  return [...squeezes, ...locks];
}

/** Each is proven by charges and listens for seconds: to the stream, to the provider. */
function ofLostAcks(): readonly Candidate[] {
  const of = (settleMs: number, things: readonly string[], request: FaultRequest): Candidate => ({
    ...{ part: 'path', settleMs },
    needs: [...things, 'nats', 'charges'],
    takes: [...things, 'charges'],
    request: () => request,
  });
  return [
    of(12_000, ['order-nats', 'order'], { fault: 'publish-ack-lost', request: { edge: 'order-nats' } }),
    of(8_000, ['payment-nats', 'payment', 'psp'], {
      fault: 'ack-lost-after-charge',
      request: { edge: 'payment-nats' },
    }),
    of(5_000, ['payment', 'psp', 'quorum'], { fault: 'redelivery', request: { groups: 50 } }),
  ];
}

/** One at a time: two would leave no majority. */
function ofBrokers(): readonly Candidate[] {
  const of = (takes: readonly string[], settleMs: number, request: FaultRequest): Candidate => ({
    ...{ part: 'brokers', settleMs },
    needs: ['nats', 'quorum'],
    takes: ['quorum', 'charges', ...takes],
    request: () => request,
  });
  const leader = { leaderOf: names.ordersStream };
  return [
    ...([leader, 'nats-2'] as const).flatMap((instance) =>
      (['kill', 'pause'] as const).map((fault) => of(['nats'], 8_000, { fault, request: { instance } })),
    ),
    ...(['both', 'from', 'towards'] as const).flatMap((direction) =>
      ([leader, 'nats-1'] as const).map((broker) =>
        of([], 10_000, { fault: 'partition', request: { broker, direction } }),
      ),
    ),
    ...[names.ordersStream, names.outcomesStream].flatMap((stream) => [
      of([], 4_000, { fault: 'step-down', request: { stream } }),
      of([], 4_000, { fault: 'stream-full', request: { stream } }),
    ]),
  ];
}

function ofProvider(): readonly Candidate[] {
  const of = (part: Pick<Candidate, 'needs' | 'takes' | 'request'>): Candidate => ({
    ...{ part: 'provider', settleMs: 1_000, request: part.request },
    needs: ['psp', 'profile', ...part.needs],
    takes: ['profile', ...part.takes],
  });
  return [
    of({
      ...{ needs: [], takes: [] },
      request: (draw) => ({ fault: 'provider-slow', request: { latencyMs: between(draw, 700, 1_000) } }),
    }),
    of({
      ...{ needs: ['charges'], takes: ['charges'] },
      request: (draw) => ({ fault: 'provider-late', request: { latencyMs: between(draw, 2_100, 4_000) } }),
    }),
    // Proven by what the provider counts, which needs charges.
    ...(['provider-errors', 'provider-declines'] as const).map((fault) =>
      of({
        ...{ needs: ['charges'], takes: [] },
        // Ten failures in a row give an order up: at 20 %, one order in ten million.
        request: (draw) => ({ fault, request: { share: between(draw, 5, 20) / 100 } }),
      }),
    ),
  ];
}

/** Everything that may be drawn for the platform as it is delivered. */
export const candidates: readonly Candidate[] = [
  ...ofBrokers(),
  ...ofServices(),
  ...ofResources(),
  ...ofProvider(),
  ...ofEdges(),
  ...ofLostAcks(),
];

/** Whether the proofs of both can be seen while both hold. */
export function goTogether(one: Candidate, other: Candidate): boolean {
  const hides = (a: Candidate, b: Candidate) => a.takes.some((thing) => b.needs.includes(thing));
  return !hides(one, other) && !hides(other, one);
}

/** A whole number, both bounds included. */
function between(draw: Random, min: number, max: number): number {
  return min + Math.floor(draw() * (max - min + 1));
}
