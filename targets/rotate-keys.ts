import { setTimeout as sleep } from 'node:timers/promises';
import { nkeys } from '@nats-io/nats-core';
import type { BrokerKeys } from '../topology/derive/index.ts';
import { type BrokerDoor, type Credentials, readConnections, whyShut } from './broker-door.ts';
import type { CertificateRotation } from './rotate-certificates.ts';
import { TargetError } from './target.ts';

/** Where a place keeps the keys of the brokers' users. */
export type KeyStore = {
  readonly users: readonly string[];
  /** The seed that a user lets itself in by now. */
  seedOf(user: string): Promise<Uint8Array>;
  /** The keys that the brokers let users in by, by user. */
  publicKeys(): Promise<Readonly<Record<string, BrokerKeys>>>;
  /** Keeps the keys that the brokers are to let users in by, and has the brokers read these and their certificates. */
  publish(keys: Readonly<Record<string, BrokerKeys>>): Promise<void>;
  /** Gives users other seeds, which they take for their next connections. */
  handOver(seeds: ReadonlyMap<string, Uint8Array>): Promise<void>;
};

export type RotationStep = 'accepting the new keys' | 'changing to the new keys' | 'refusing the old keys';

export type RotationOptions = {
  readonly brokers: readonly BrokerDoor[];
  /** What changes in the same steps where brokers speak TLS. */
  readonly certificates?: CertificateRotation | undefined;
  /** How long brokers may take to read what was published, and services to connect by it; milliseconds. */
  readonly patienceMs: number;
  /** Between two looks; milliseconds. */
  readonly pollMs: number;
  /** Called between two looks: asks for what is waited for to be hurried. */
  readonly hurry?: () => Promise<void>;
  readonly onStep?: (step: RotationStep) => void;
};

export type Rotated = {
  readonly users: readonly string[];
  /** Users that still had a connection by an old key when the brokers stopped to let it in, and so were cut off. */
  readonly cutOff: readonly string[];
};

/**
 * Gives each user of the brokers another key: the brokers let it in by both, it changes to the new one while it is
 * connected, and then the old one is worth nothing. At each moment every user has a key that every broker lets in, so
 * whoever dies half-way leaves a platform that works, and the next rotation goes on from there.
 *
 * What brokers have read is found out at their doors: by trying each key at each of them.
 *
 * To be called by one program at a time.
 *
 * @throws TargetError `damaged` when a user has a key that brokers are not told to let in; `not-ready` when a broker does not
 *   answer, or does not read the new keys in time: the old ones are let in still; or when one does not give up the old ones
 */
export async function rotateKeys(store: KeyStore, options: RotationOptions): Promise<Rotated> {
  const { certificates, onStep = () => {} } = options;
  const known = await store.publicKeys();
  const fresh: Fresh[] = [];
  for (const user of store.users) fresh.push(await freshKey(store, known[user], user));
  const keysBy = (pair: (key: Fresh) => BrokerKeys) =>
    Object.fromEntries(fresh.map((key) => [key.user, pair(key)]));
  const both = keysBy(({ current, next }) => [current, next]);

  onStep('accepting the new keys');
  await certificates?.accept();
  await store.publish(both);
  await untilOpen(fresh.map(byNext(certificates?.shows.next)), options);

  onStep('changing to the new keys');
  const changed = await certificates?.changeUsers();
  await store.handOver(new Map(fresh.map(({ user, seed }) => [user, seed])));
  const cutOff = await untilChanged(fresh, changed, options);
  if (certificates !== undefined) {
    // Everybody believes the new authority by now: it came with the certificates.
    await certificates.changeBrokers();
    await store.publish(both);
    await untilOpen(fresh.slice(0, 1).map(byNext(certificates.shows.nextOnly)), options);
  }

  onStep('refusing the old keys');
  await certificates?.forget();
  await store.publish(keysBy(({ next }) => [next, forgottenKey()]));
  const proof = fresh.map(byNext(certificates?.shows.nextOnly));
  await untilShut([...fresh.map(byCurrent(certificates?.shows.nextOnly)), ...byFormer(fresh, certificates)], {
    ...options,
    proof,
  });
  return { users: store.users, cutOff };
}

/** A public key whose seed nobody has: nobody is let in by it. */
export function forgottenKey(): string {
  return nkeys.createUser().getPublicKey();
}

/** The key that a user has, and one that it is to have. */
type Fresh = {
  readonly user: string;
  readonly current: string;
  readonly currentSeed: Uint8Array;
  readonly next: string;
  readonly seed: Uint8Array;
};

type Tls = Credentials['tls'];
const byNext =
  (tls: Tls) =>
  ({ user, seed }: Fresh): Credentials => ({ user, seed, tls });
const byCurrent =
  (tls: Tls) =>
  ({ user, currentSeed: seed }: Fresh): Credentials => ({ user, seed, tls });

/** A good key with a certificate by the old authority. */
function byFormer(fresh: readonly Fresh[], certificates: CertificateRotation | undefined) {
  return certificates === undefined ? [] : fresh.slice(0, 1).map(byNext(certificates.shows.former));
}

async function freshKey(store: KeyStore, known: BrokerKeys | undefined, user: string): Promise<Fresh> {
  const currentSeed = await store.seedOf(user);
  const current = nkeys.fromSeed(currentSeed).getPublicKey();
  if (known?.includes(current) !== true) {
    throw new TargetError('damaged', `the key of ${user} is none that the brokers are told to let in`);
  }
  const pair = nkeys.createUser();
  return { user, current, currentSeed, next: pair.getPublicKey(), seed: pair.getSeed() };
}

/** Waits until every broker lets in everybody. */
async function untilOpen(credentials: readonly Credentials[], options: RotationOptions): Promise<void> {
  const left = await untilNone(pairs(options, credentials), options, async (one) => {
    const why = await whyShut(one.broker, one.credentials);
    return why === undefined ? undefined : { ...one, why };
  });
  const [first] = left;
  if (first === undefined) return;
  throw new TargetError(
    'not-ready',
    `${namesOf(left)} did not read the keys within ${options.patienceMs / 1_000} s (${first.credentials.user}: ` +
      `${first.why}); the old ones are let in still`,
  );
}

/**
 * Waits until every broker lets in nobody of them.
 * @param options.proof who is let in where somebody is refused, and the broker is not merely gone
 */
async function untilShut(
  credentials: readonly Credentials[],
  options: RotationOptions & { readonly proof: readonly Credentials[] },
): Promise<void> {
  const left = await untilNone(pairs(options, credentials), options, async (one) =>
    (await whyShut(one.broker, one.credentials)) === undefined ? one : undefined,
  );
  if (left.length > 0) {
    throw new TargetError(
      'not-ready',
      `${namesOf(left)} still let in who has an old key, ${options.patienceMs / 1_000} s after they were told not to`,
    );
  }
  await untilOpen(options.proof, options);
}

type AtDoor = { readonly broker: BrokerDoor; readonly credentials: Credentials };

function pairs({ brokers }: RotationOptions, credentials: readonly Credentials[]): readonly AtDoor[] {
  return brokers.flatMap((broker) => credentials.map((one) => ({ broker, credentials: one })));
}

function namesOf(list: readonly AtDoor[]): string {
  return [...new Set(list.map(({ broker }) => broker.name))].join(', ');
}

/** Waits until nobody is connected by what is old. @returns the users who still are when the time is over */
async function untilChanged(
  fresh: readonly Fresh[],
  certificates: ReadonlyMap<string, string> | undefined,
  options: RotationOptions,
): Promise<readonly string[]> {
  return untilNone(
    fresh,
    options,
    async (key, connections) => {
      const wanted = certificates?.get(key.user);
      const isOld = connections.some(
        (one) =>
          one.key === key.current ||
          (one.key === key.next && wanted !== undefined && one.certificate !== wanted),
      );
      return isOld ? key : undefined;
    },
    async () => (await Promise.all(options.brokers.map(readConnections))).flat(),
  ).then((left) => left.map(({ user }) => user));
}

/**
 * Looks again and again at what is left, until nothing is or the time is over.
 *
 * @param look what is left of one, undefined when nothing is
 * @param prepare what every look of a round is given
 */
async function untilNone<T, Left extends T, Seen = undefined>(
  all: readonly T[],
  { patienceMs, pollMs, hurry }: RotationOptions,
  look: (one: T, seen: Seen) => Promise<Left | undefined>,
  prepare?: () => Promise<Seen>,
): Promise<readonly Left[]> {
  const deadline = performance.now() + patienceMs;
  let waiting = all;
  for (;;) {
    const seen = (await prepare?.()) as Seen;
    const found = await Promise.all(waiting.map((one) => look(one, seen)));
    const left = found.filter((one): one is Awaited<Left> => one !== undefined);
    if (left.length === 0 || performance.now() >= deadline) return left;
    waiting = left;
    await hurry?.();
    await sleep(pollMs);
  }
}
