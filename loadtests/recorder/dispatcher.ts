import type { Answer, AttemptRecord } from '../../verdict/history.ts';
import { Calendar } from './calendar.ts';
import type { InFlight } from './connection.ts';
import { isDefiniteStatus, outcomeOf } from './outcome.ts';
import type { OrderResponse } from './parser.ts';
import { Pool, type PoolLimits } from './pool.ts';
import type { ProgressMeter } from './progress.ts';
import type { Random } from './random.ts';
import { isRetryable, mayRetry, type RetryPolicy, retryDelayMs } from './retry.ts';
import type { Schedule } from './schedule.ts';

/** An order that was sent at least once and has not ended. */
type Order = InFlight & {
  readonly index: number;
  readonly intendedAtUs: number;
  readonly answers: Answer[];
  /** Of the try that is in flight. */
  sentAtUs: number;
};

/** What a dispatcher needs. */
export type DispatcherOptions = {
  readonly urls: readonly URL[];
  readonly schedule: Schedule;
  readonly policy: RetryPolicy;
  readonly limits: PoolLimits & {
    /** Orders sent and not ended. */
    readonly outstandingMax: number;
    /** An order that cannot leave within this of its intended time is dropped. */
    readonly lateMsMax: number;
  };
  /** Microseconds since the run's start. */
  readonly nowUs: () => number;
  readonly random: Random;
  readonly writeRequest: (index: number, host: string) => string;
  /** Called once for each order that was sent, when it has ended. */
  readonly onRecord: (record: AttemptRecord) => void;
  readonly meter: ProgressMeter;
};

/**
 * Sends orders when the schedule says, repeats those that may be repeated, and reports each one's end. It moves
 * only inside {@link tick} and when answers come; the owner calls tick about every millisecond.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #pool: Pool<Order>;
  readonly #waiting = new Calendar<Order>(0);
  /** Orders whose next try is due and found no connection yet, oldest first. */
  #due: Order[] = [];
  #outstanding = 0;
  #nextIndex = 0;
  #plannedEnd: number;
  #nextSweepUs = 0;
  #isAbandoned = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#plannedEnd = options.schedule.planned;
    this.#pool = new Pool<Order>(options.urls, options.limits, {
      answered: (order, response) => this.#answered(order, response),
      lost: (order, wasSent) => this.#ended(order, 0, !wasSent, 0),
    });
  }

  /** Everything planned was sent or dropped, and every order sent has ended. */
  get isDone(): boolean {
    return this.#nextIndex >= this.#plannedEnd && this.#outstanding === 0;
  }

  /** Sends what is due. */
  tick(): void {
    const nowUs = this.#options.nowUs();
    this.#sendRetries(nowUs);
    this.#sendNew(nowUs);
    this.#pool.flush();
    if (nowUs < this.#nextSweepUs) return;
    this.#nextSweepUs = nowUs + 100_000;
    this.#pool.sweep(nowUs, this.#options.policy.tryTimeoutMs);
  }

  /** No order is sent for the first time after this; those outstanding go on. */
  stopSending(): void {
    this.#plannedEnd = this.#nextIndex;
  }

  /** Ends every order that is outstanding as it stands, and closes all connections. */
  abandon(): void {
    this.stopSending();
    this.#isAbandoned = true;
    this.#pool.close();
    for (const order of [...this.#waiting.takeAll(), ...this.#due.splice(0)]) this.#finish(order, undefined);
  }

  #sendRetries(nowUs: number): void {
    for (const order of this.#waiting.takeDue(nowUs / 1_000)) this.#due.push(order);
    let sent = 0;
    for (const order of this.#due) {
      if (nowUs - order.intendedAtUs > this.#options.policy.deadlineMs * 1_000) {
        this.#finish(order, undefined);
      } else if (this.#send(order, nowUs)) {
        this.#options.meter.counts.retried += 1;
      } else {
        break;
      }
      sent += 1;
    }
    if (sent > 0) this.#due.splice(0, sent);
  }

  #sendNew(nowUs: number): void {
    const { schedule, limits, meter } = this.#options;
    while (this.#nextIndex < this.#plannedEnd) {
      const intendedAtUs = schedule.intendedAtUs(this.#nextIndex);
      if (intendedAtUs > nowUs) return;
      if (nowUs - intendedAtUs > limits.lateMsMax * 1_000) {
        meter.counts.dropped += 1;
      } else {
        if (this.#outstanding >= limits.outstandingMax) return;
        const order = { index: this.#nextIndex, intendedAtUs, answers: [], sentAtUs: nowUs };
        if (!this.#send(order, nowUs)) return;
        this.#outstanding += 1;
        meter.counts.sent += 1;
      }
      this.#nextIndex += 1;
    }
  }

  /** @returns false when no connection has room */
  #send(order: Order, nowUs: number): boolean {
    const slot = this.#pool.acquire(nowUs);
    if (slot === undefined) return false;
    order.sentAtUs = nowUs;
    slot.connection.send(order, this.#options.writeRequest(order.index, slot.host));
    return true;
  }

  #answered(order: Order, response: OrderResponse): void {
    if (response.status === 201) {
      this.#recordAnswer(order, 201, true, 0);
      this.#finish(order, response);
      return;
    }
    this.#ended(order, response.status, isDefiniteStatus(response.status), response.retryAfterMs);
  }

  /** A try ended without a 201. */
  #ended(order: Order, status: number, isDefinite: boolean, retryAfterMs: number): void {
    const nowUs = this.#recordAnswer(order, status, isDefinite, retryAfterMs);
    const { policy, random } = this.#options;
    const tries = order.answers.length;
    const delayMs = retryDelayMs(policy, tries, retryAfterMs, random);
    const elapsedMs = (nowUs - order.intendedAtUs) / 1_000;
    if (this.#isAbandoned || !isRetryable(status) || !mayRetry(policy, tries, elapsedMs, delayMs)) {
      this.#finish(order, undefined);
    } else {
      this.#waiting.add(nowUs / 1_000 + delayMs, order);
    }
  }

  #recordAnswer(order: Order, status: number, isDefinite: boolean, retryAfterMs: number): number {
    const nowUs = this.#options.nowUs();
    const answer: Answer = {
      status,
      isDefinite,
      sentAfterUs: order.sentAtUs - order.intendedAtUs,
      answeredAfterUs: nowUs - order.intendedAtUs,
    };
    const retryAfterSeconds = toRecordedSeconds(retryAfterMs);
    order.answers.push(retryAfterMs === 0 ? answer : { ...answer, retryAfterSeconds });
    return nowUs;
  }

  #finish(order: Order, accepted: OrderResponse | undefined): void {
    const { meter, onRecord } = this.#options;
    const outcome = outcomeOf(order.answers);
    const last = order.answers.at(-1);
    if (outcome === 'accepted' && last !== undefined) meter.recordAccepted(last.answeredAfterUs);
    meter.counts[outcome] += 1;
    this.#outstanding -= 1;
    onRecord({
      index: order.index,
      outcome,
      orderId: accepted?.orderId,
      streamSequence: accepted?.position ?? 0,
      intendedAtUs: order.intendedAtUs,
      answers: order.answers,
    });
  }
}

/** A record holds a byte of it; zero would say that the answer named nothing. */
function toRecordedSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.min(255, Math.round(retryAfterMs / 1_000)));
}
