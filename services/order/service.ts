import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { tellableOrderId } from '../../proto/identity.ts';
import { names } from '../../topology/platform.ts';
import {
  createAdminServer,
  createDatabaseWait,
  createHttpServer,
  delay,
  type ListenAddress,
  type Log,
  listen,
  type Readiness,
  type Stoppable,
  type Telemetry,
} from '../runtime/index.ts';
import { createAcceptor } from './accept.ts';
import { addAdminRoutes } from './admin-api.ts';
import { refusalOf } from './admission.ts';
import type { Clients } from './clients/clients.ts';
import type { GuardRefusal } from './clients/guard.ts';
import { startFollowers } from './followers.ts';
import { createGroupCommit, type GroupLimits } from './group-commit.ts';
import { createHandIn } from './hand-in.ts';
import { addOrderRoutes } from './http.ts';
import { createInstruments } from './instruments.ts';
import type { Order } from './order.ts';
import { createOverloadRefusal } from './overload.ts';
import { createPatience } from './patience.ts';
import type { Projection, ProjectionOptions } from './projection.ts';
import type { CreatePublisher } from './publisher.ts';
import { createSingleOrderRoute } from './single-order.ts';
import { watchStreams } from './stream-watch.ts';
import { createTracing } from './tracing.ts';
import { createTurnGate } from './turn-gate.ts';
import { encodedBytesMax, encodeGroup, type Reading } from './wire.ts';

/** What the service is made of. Each part is passed in, so that a wrong one can be, too (chaos/sabotage). */
export type OrderParts = {
  readonly http: ListenAddress;
  readonly admin: ListenAddress;
  readonly nats: NatsConnection;
  /** Must lack `nats` while the connection cannot send. */
  readonly readiness: Readiness;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Opens the projection, which tells of what happens to it. */
  readonly openProjection: (events: Pick<ProjectionOptions, 'onRebuild' | 'onContradiction'>) => Projection;
  /** Says who may use the API, and tells of each request that was not let in. */
  readonly openClients: (onRefused: (why: GuardRefusal) => void) => Promise<Clients>;
  readonly createPublisher: CreatePublisher;
  /** The message id of the n-th group of this process. */
  readonly messageIdOf: (group: number) => string;
  readonly reading: Reading;
  /** The idempotency key under which an order is charged; the same whenever a client repeats it. */
  readonly chargeKeyOf: (clientId: string, idempotencyKey: string) => string;
  readonly groupLimits: GroupLimits;
  readonly streamFillMax: number;
  readonly projectionLagMax: number;
  readonly sampleRatio: number;
  readonly shutdownLingerMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds since any origin, by a clock that never jumps. */
  readonly monotonicMs: () => number;
};

/**
 * How long one turn of the event loop takes on orders, milliseconds; a group's commit and its answers come on top. Ordinary
 * turns at 10,000 orders/s, in which a group of 200 is answered, take half of it.
 */
const turnMsMax = 30;
/** How long one turn reads requests, milliseconds: those that come in what is left of it can only be refused. */
const readingMsMax = 45;

/**
 * Starts the service: listens at once, becomes ready when the projection has caught up.
 *
 * An order's way: clients/ says whose it is → single-order.ts (or http.ts) checks it → accept.ts decides whether it is new →
 * group-commit.ts puts it into a group → publisher.ts stores that → followers.ts bring it (and later its outcome) into
 * projection.ts, from where it is read.
 */
export async function startOrderService(parts: OrderParts): Promise<Stoppable> {
  const { nats, readiness, telemetry, log, now } = parts;
  const instruments = createInstruments(telemetry);
  const databaseWait = createDatabaseWait(telemetry.meter, 'projection');
  const clients = await parts.openClients(instruments.refusedAtTheDoor);
  const tracing = createTracing({ telemetry, ratio: parts.sampleRatio, now });
  /** Nothing to forget before there is an acceptor. */
  let forgetStored = (): void => undefined;
  const projection = parts.openProjection({
    onRebuild: (reason) => {
      readiness.lack('projection', `rebuilding: ${reason}`);
      forgetStored();
      log.warn({ reason }, 'the projection is rebuilt from the streams');
    },
    onContradiction: (orderId) => {
      instruments.contradicted();
      log.error(
        { orderId: tellableOrderId(orderId) },
        'an order has a second outcome that differs from the first',
      );
    },
  });

  const client = jetstream(nats);
  const manager = await jetstreamManager(nats, { checkAPI: false });
  const watch = watchStreams({
    manager,
    streams: [names.ordersStream, names.outcomesStream, names.deadLettersStream],
    log,
    onRecreated: (stream) => followers.restart(`the stream ${stream} was made anew`),
    onLook(seen) {
      const at = projection.positions();
      for (const [stream, { fill }] of seen) instruments.streamFill(stream, fill);
      for (const [stream, position] of [
        [names.ordersStream, at.orders],
        [names.outcomesStream, at.outcomes],
      ] as const) {
        const last = seen.get(stream)?.lastPosition;
        if (last !== undefined) instruments.projectionLag(stream, Math.max(0, last - position));
      }
    },
  });

  const patience = createPatience({ nowMs: parts.monotonicMs });
  const groups = createGroupCommit<Order>({
    limits: parts.groupLimits,
    encode: encodeGroup,
    bytesOf: encodedBytesMax,
    messageIdOf: parts.messageIdOf,
    publish: parts.createPublisher(client, instruments.publishRetried),
    now: parts.monotonicMs,
    onSettled(settled) {
      if (settled.error === undefined) patience.stored(settled.orders);
      instruments.groupSettled(settled);
    },
  });
  instruments.observeQueue(groups);
  const acceptor = createAcceptor({
    find: projection.find,
    commit: groups.submit,
    retryAfterSeconds: patience.seconds,
    refusal: () => {
      const situation = {
        // Between "not ready" and "closed" orders are still taken, for balancers that have not noticed yet.
        missing: readiness.isDraining() ? [] : readiness.missing(),
        fills: watch.fills(),
        projectionLag: watch.lastPosition(names.ordersStream) - projection.positions().orders,
      };
      return refusalOf(situation, parts, patience.seconds);
    },
  });
  forgetStored = acceptor.forgetStored;
  const followers = startFollowers({
    client,
    manager,
    projection,
    reading: parts.reading,
    readiness,
    log,
    onApplied: ({ orders }) => acceptor.projected(orders),
    onOutcomes: tracing.settled,
    onWaited: databaseWait.record,
    now,
  });

  let isClosing = false;
  const handIn = createHandIn({
    acceptor,
    chargeKeyOf: parts.chargeKeyOf,
    guard: clients.guard,
    tracing,
    instruments,
  });
  const server = createHttpServer({
    log,
    turnMsMax: readingMsMax,
    direct: createSingleOrderRoute({ handIn, guard: clients.guard, isClosing: () => isClosing, instruments }),
    refuse: createOverloadRefusal({
      isFull: groups.isFull,
      isClosing: () => isClosing,
      guard: clients.guard,
      turn: createTurnGate({
        turnMsMax,
        standingMsMax: parts.groupLimits.standingMsMax,
        nowMs: parts.monotonicMs,
      }),
      retryAfterSeconds: patience.seconds,
      onRefused: instruments.orderAnswered,
    }),
  });
  addOrderRoutes(server, {
    acceptor,
    projection,
    chargeKeyOf: parts.chargeKeyOf,
    guard: clients.guard,
    isClosing: () => isClosing,
    isFull: groups.isFull,
    retryAfterSeconds: patience.seconds,
    handIn,
    instruments,
  });
  const admin = createAdminServer({ log, readiness, telemetry });
  addAdminRoutes(admin, { projection, databaseWait });
  await listen(admin, parts.admin);
  await listen(server, parts.http);
  readiness.have('http');

  return {
    async stop() {
      readiness.drain();
      await delay(parts.shutdownLingerMs);
      isClosing = true;
      await server.close();
      await groups.drained();
      await within(2_000, Promise.all([followers.stop(), watch.stop(), clients.stop()]));
      try {
        projection.close();
      } catch (error) {
        log.warn({ error }, 'the projection could not be closed; it resumes from what is on disk');
      }
      await within(1_000, nats.drain());
      await admin.close();
      await within(2_000, telemetry.shutdown());
    },
  };
}

/**
 * Waits for the end of something, but no longer than it is worth: with the brokers gone their client waits for ever,
 * and by now nothing that an order depends on is open.
 */
async function within(ms: number, ending: Promise<unknown>): Promise<void> {
  const giveUp = new AbortController();
  await Promise.race([ending.catch(() => undefined), delay(ms, giveUp.signal)]);
  giveUp.abort();
}
