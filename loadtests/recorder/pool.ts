import { Connection, type ConnectionEvents, type InFlight } from './connection.ts';

/** Bounds of a pool. */
export type PoolLimits = {
  /** Connections over all targets. */
  readonly connectionsMax: number;
  /** Requests in flight on one connection; reached only when every connection is busy. */
  readonly depthMax: number;
  /** Requests written together on one connection when several leave in the same moment. */
  readonly burstMax: number;
  readonly connectTimeoutMs: number;
};

/** How long a target that refused a connection is passed over while another one answers. */
const passOverUs = 250_000;

type Endpoint<T extends InFlight> = {
  readonly address: { readonly host: string; readonly port: number };
  readonly host: string;
  readonly connections: Connection<T>[];
  /** Open with nothing in flight; the last one used is taken first, so that few stay warm. */
  readonly idle: Connection<T>[];
  connecting: number;
  /** Whether the last attempt to connect succeeded. */
  isProven: boolean;
  downUntilUs: number;
};

/** A place to send one request. */
export type Slot<T extends InFlight> = {
  readonly connection: Connection<T>;
  /** For the `Host` header. */
  readonly host: string;
};

/**
 * Spreads requests over connections to several targets: round robin over the targets that accept connections,
 * and per target an idle connection, else a new one, else the least loaded.
 */
export class Pool<T extends InFlight> {
  readonly #endpoints: Endpoint<T>[];
  readonly #limits: PoolLimits;
  readonly #events: Pick<ConnectionEvents<T>, 'answered' | 'lost'>;
  /** Connections with requests that flush has to write. */
  #unflushed: Connection<T>[] = [];
  #burst: { slot: Slot<T>; left: number } | undefined;
  #turn = 0;
  /** The time of the last call that told it. */
  #nowUs = 0;

  /** @param urls `http://host:port`, at least one */
  constructor(
    urls: readonly URL[],
    limits: PoolLimits,
    events: Pick<ConnectionEvents<T>, 'answered' | 'lost'>,
  ) {
    this.#limits = limits;
    this.#events = events;
    this.#endpoints = urls.map((url) => ({
      address: { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) },
      host: url.host,
      connections: [],
      idle: [],
      connecting: 0,
      isProven: false,
      downUntilUs: 0,
    }));
  }

  /** @returns undefined while every connection is full */
  acquire(nowUs: number): Slot<T> | undefined {
    this.#nowUs = nowUs;
    const slot = this.#continueBurst() ?? this.#take(false) ?? this.#take(true);
    if (slot !== undefined) this.#unflushed.push(slot.connection);
    return slot;
  }

  /** Writes what was sent since the last call. */
  flush(): void {
    const connections = this.#unflushed;
    this.#unflushed = [];
    this.#burst = undefined;
    for (const connection of connections) connection.flush();
  }

  /** Gives up on connections that do not open, and on those whose oldest request waits too long. */
  sweep(nowUs: number, tryTimeoutMs: number): void {
    this.#nowUs = nowUs;
    for (const { connections } of this.#endpoints) {
      for (const connection of [...connections]) {
        const { oldest, isConnecting } = connection;
        const isLate = oldest !== undefined && nowUs - oldest.sentAtUs > tryTimeoutMs * 1_000;
        const isStuck = isConnecting && nowUs - connection.openedAtUs > this.#limits.connectTimeoutMs * 1_000;
        if (isLate || isStuck) connection.destroy();
      }
    }
  }

  /** Closes every connection; what is in flight is lost. */
  close(): void {
    for (const { connections } of this.#endpoints) {
      for (const connection of [...connections]) connection.destroy();
    }
  }

  #continueBurst(): Slot<T> | undefined {
    if (this.#burst === undefined || this.#burst.left === 0) return undefined;
    this.#burst.left -= 1;
    return this.#burst.slot;
  }

  #take(evenIfDown: boolean): Slot<T> | undefined {
    for (let i = 0; i < this.#endpoints.length; i++) {
      const endpoint = this.#endpoints[this.#turn % this.#endpoints.length];
      this.#turn += 1;
      if (endpoint === undefined || (endpoint.downUntilUs > this.#nowUs && !evenIfDown)) continue;
      const connection = endpoint.idle.pop() ?? this.#grow(endpoint) ?? this.#leastLoaded(endpoint);
      if (connection === undefined) continue;
      const slot = { connection, host: endpoint.host };
      this.#burst = { slot, left: this.#limits.burstMax - 1 };
      return slot;
    }
    return undefined;
  }

  /** One attempt at a time until one succeeds: a target that is down costs no storm of connections. */
  #grow(endpoint: Endpoint<T>): Connection<T> | undefined {
    const share = Math.ceil(this.#limits.connectionsMax / this.#endpoints.length);
    if (endpoint.connections.length >= share) return undefined;
    if (!endpoint.isProven && endpoint.connecting > 0) return undefined;
    const connection = new Connection<T>(endpoint.address, this.#nowUs, {
      ...this.#events,
      opened: () => {
        endpoint.connecting -= 1;
        endpoint.isProven = true;
        endpoint.downUntilUs = 0;
      },
      idle: (idle) => endpoint.idle.push(idle as Connection<T>),
      closed: (closed, wasOpened) => {
        remove(endpoint.connections, closed);
        remove(endpoint.idle, closed);
        if (wasOpened) return;
        endpoint.connecting -= 1;
        endpoint.isProven = false;
        endpoint.downUntilUs = this.#nowUs + passOverUs;
      },
    });
    endpoint.connecting += 1;
    endpoint.connections.push(connection);
    return connection;
  }

  #leastLoaded(endpoint: Endpoint<T>): Connection<T> | undefined {
    let best: Connection<T> | undefined;
    let bestLoad = this.#limits.depthMax;
    for (const connection of endpoint.connections) {
      if (connection.inFlight >= bestLoad) continue;
      best = connection;
      bestLoad = connection.inFlight;
    }
    return best;
  }
}

function remove<T>(from: T[], item: unknown): void {
  const at = from.indexOf(item as T);
  if (at !== -1) from.splice(at, 1);
}
