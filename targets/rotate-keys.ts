import { setTimeout as sleep } from 'node:timers/promises';
import { nkeys } from '@nats-io/nats-core';
import type { BrokerKeys } from '../topology/derive/index.ts';
import { TargetError } from './target.ts';

/** Where a place keeps the keys of the brokers' users. */
export type KeyStore = {
  readonly users: readonly string[];
  /** The seed that a user lets itself in by now. */
  seedOf(user: string): Promise<Uint8Array>;
  /** The keys that the brokers let users in by, by user. */
  publicKeys(): Promise<Readonly<Record<string, BrokerKeys>>>;
  /** Keeps the keys that the brokers are to let users in by, and has the brokers read them. */
  publish(keys: Readonly<Record<string, BrokerKeys>>): Promise<void>;
  /** Gives a user another seed, which it takes for its next connection. */
  handOver(user: string, seed: Uint8Array): Promise<void>;
};

/** What changes beside the keys, at the same three moments: certificates. Each is done before brokers are told to read. */
export type RotationParts = {
  /** The new is believed as well as the old. */
  readonly accept?: () => Promise<void>;
  /** The new is used. */
  readonly change?: () => Promise<void>;
  /** The old is not believed any more. */
  readonly forget?: () => Promise<void>;
};

export type RotationStep = 'accepting the new keys' | 'changing to the new keys' | 'refusing the old keys';

export type RotationOptions = {
  /** Base URLs of the monitoring endpoints of all brokers. */
  readonly monitors: readonly string[];
  readonly parts?: RotationParts;
  /** How long brokers may take to read what was published, and services to connect by it; milliseconds. */
  readonly patienceMs: number;
  readonly onStep?: (step: RotationStep) => void;
};

export type Rotated = {
  readonly users: readonly string[];
  /** Users that still had a connection by an old key when the brokers stopped to let it in, and so were cut off. */
  readonly cutOff: readonly string[];
};

const pollMs = 100;

/**
 * Gives each user of the brokers another key: the brokers let it in by both, it changes to the new one while it is
 * connected, and then the old one is worth nothing. At each moment every user has a key that every broker lets in, so
 * whoever dies half-way leaves a platform that works, and the next rotation goes on from there.
 *
 * To be called by one program at a time.
 *
 * @throws TargetError `not-ready` when a broker does not answer, or does not read the new keys in time: the old ones are let
 *   in still
 */
export async function rotateKeys(store: KeyStore, options: RotationOptions): Promise<Rotated> {
  const { monitors, parts = {}, patienceMs, onStep = () => {} } = options;
  const reload = async (publishing: () => Promise<void>) => {
    const before = await Promise.all(monitors.map(readLoadTime));
    await publishing();
    await untilReloaded(monitors, before, patienceMs);
  };
  const known = await store.publicKeys();
  const fresh = new Map<string, Fresh>();
  for (const user of store.users) fresh.set(user, await freshKey(store, known[user], user));
  const keysWith = (pair: (key: Fresh) => BrokerKeys) =>
    Object.fromEntries([...fresh].map(([user, key]) => [user, pair(key)]));

  onStep('accepting the new keys');
  await parts.accept?.();
  await reload(() => store.publish(keysWith(({ current, next }) => [current, next])));

  onStep('changing to the new keys');
  if (parts.change !== undefined) {
    await parts.change();
    await reload(() => store.publish(keysWith(({ current, next }) => [current, next])));
  }
  for (const [user, { seed }] of fresh) await store.handOver(user, seed);
  const cutOff = await untilChanged(monitors, fresh, patienceMs);

  onStep('refusing the old keys');
  await parts.forget?.();
  await reload(() => store.publish(keysWith(({ next }) => [next, forgottenKey()])));
  return { users: [...fresh.keys()], cutOff };
}

/** A public key whose seed nobody has: nobody is let in by it. */
export function forgottenKey(): string {
  return nkeys.createUser().getPublicKey();
}

/** The key that a user has, and one that it is to have. */
type Fresh = { readonly current: string; readonly next: string; readonly seed: Uint8Array };

async function freshKey(store: KeyStore, known: BrokerKeys | undefined, user: string): Promise<Fresh> {
  const current = nkeys.fromSeed(await store.seedOf(user)).getPublicKey();
  if (known?.includes(current) !== true) {
    throw new TargetError('damaged', `the key of ${user} is none that the brokers are told to let in`);
  }
  const pair = nkeys.createUser();
  return { current, next: pair.getPublicKey(), seed: pair.getSeed() };
}

async function ask(monitor: string, path: string): Promise<unknown> {
  try {
    const response = await fetch(`${monitor}${path}`, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return await response.json();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TargetError('not-ready', `the broker at ${monitor} does not answer: ${why}`, { cause });
  }
}

/** When a broker has last read its configuration, by its own account. */
async function readLoadTime(monitor: string): Promise<string> {
  return ((await ask(monitor, '/varz')) as { readonly config_load_time: string }).config_load_time;
}

async function untilReloaded(
  monitors: readonly string[],
  before: readonly string[],
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const now = await Promise.all(monitors.map(readLoadTime));
    const late = monitors.filter((_, index) => now[index] === before[index]);
    if (late.length === 0) return;
    if (performance.now() >= deadline) {
      throw new TargetError(
        'not-ready',
        `${late.join(', ')} did not read the keys within ${patienceMs / 1_000} s; the old ones are let in still`,
      );
    }
    await sleep(pollMs);
  }
}

/** Waits until nobody is connected by an old key. @returns the users who still are when the time is over */
async function untilChanged(
  monitors: readonly string[],
  fresh: ReadonlyMap<string, Fresh>,
  patienceMs: number,
): Promise<readonly string[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const used = new Set((await Promise.all(monitors.map(readKeysInUse))).flat());
    const left = [...fresh].filter(([, { current }]) => used.has(current)).map(([user]) => user);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await sleep(pollMs);
  }
}

async function readKeysInUse(monitor: string): Promise<readonly string[]> {
  const { connections = [] } = (await ask(monitor, '/connz?auth=true&limit=4096')) as {
    readonly connections?: readonly { readonly authorized_user?: string }[];
  };
  return connections.flatMap((connection) => connection.authorized_user ?? []);
}
