import { connect, type Socket } from 'node:net';
import { type OrderResponse, ResponseParser } from './parser.ts';

/** Something that was sent and waits for its answer. */
export type InFlight = {
  /** On the run's clock. */
  readonly sentAtUs: number;
};

/** What a connection tells its owner. Each item sent ends in exactly one `answered` or `lost`. */
export type ConnectionEvents<T> = {
  readonly answered: (item: T, response: OrderResponse) => void;
  /** @param wasSent whether any byte of it may have reached the peer */
  readonly lost: (item: T, wasSent: boolean) => void;
  readonly opened: (connection: Connection<T & InFlight>) => void;
  /** Nothing is in flight any more; more may be sent. */
  readonly idle: (connection: Connection<T & InFlight>) => void;
  /** After the last `lost`; the connection is of no more use. */
  readonly closed: (connection: Connection<T & InFlight>, wasOpened: boolean) => void;
};

const readBufferBytes = 8 * 1024;

/**
 * One keep-alive HTTP/1.1 connection, pipelined: answers come in the order of the requests. Requests given while
 * it is still connecting leave once it is open.
 */
export class Connection<T extends InFlight> {
  readonly openedAtUs: number;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents<T>;
  readonly #parser: ResponseParser;
  /** Requests whose answers are due, oldest first. */
  readonly #inFlight: T[] = [];
  #unsent = '';
  #state: 'connecting' | 'open' | 'closed' = 'connecting';

  constructor(address: { host: string; port: number }, nowUs: number, events: ConnectionEvents<T>) {
    this.openedAtUs = nowUs;
    this.#events = events;
    this.#parser = new ResponseParser((response) => this.#answer(response));
    this.#socket = connect({
      ...address,
      noDelay: true,
      // One buffer per connection, read in place: the stream machinery would allocate one for each read.
      onread: {
        buffer: Buffer.allocUnsafe(readBufferBytes),
        callback: (length, buffer) => this.#read(length, buffer as Buffer),
      },
    });
    this.#socket.on('connect', () => this.#open());
    // The 'close' that follows an error says all that the owner needs.
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', () => this.destroy());
    this.#socket.on('close', () => this.destroy());
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  get isConnecting(): boolean {
    return this.#state === 'connecting';
  }

  /** The item that has waited longest. */
  get oldest(): T | undefined {
    return this.#inFlight[0];
  }

  /** Adds a request to what the next {@link flush} writes. */
  send(item: T, request: string): void {
    this.#inFlight.push(item);
    this.#unsent += request;
  }

  flush(): void {
    if (this.#state !== 'open' || this.#unsent === '') return;
    const requests = this.#unsent;
    this.#unsent = '';
    this.#socket.write(requests, 'latin1');
  }

  /** Closes at once; what is in flight is lost. */
  destroy(): void {
    if (this.#state === 'closed') return;
    const wasOpened = this.#state === 'open';
    this.#state = 'closed';
    this.#socket.destroy();
    for (const item of this.#inFlight.splice(0)) this.#events.lost(item, wasOpened);
    this.#events.closed(this, wasOpened);
  }

  #open(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.flush();
    this.#events.opened(this);
    if (this.#inFlight.length === 0) this.#events.idle(this);
  }

  #read(length: number, buffer: Buffer): boolean {
    if (this.#state !== 'open') return false;
    try {
      this.#parser.push(buffer, length);
    } catch {
      // Not HTTP: what is in flight cannot be told apart any more.
      this.destroy();
    }
    return true;
  }

  #answer(response: OrderResponse): void {
    if (this.#state !== 'open') return;
    const item = this.#inFlight.shift();
    if (item !== undefined) this.#events.answered(item, response);
    if (item === undefined || !response.isReusable) this.destroy();
    else if (this.#inFlight.length === 0) this.#events.idle(this);
  }
}
