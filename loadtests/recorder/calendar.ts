/** Things that fall due at a millisecond; for many short waits it is cheaper than a timer each. */
export class Calendar<T> {
  /** Every item sits in the bucket of its due time; no bucket is due before {@link #now}. */
  readonly #buckets = new Map<number, T[]>();
  #now: number;
  #size = 0;

  /** @param nowMs the time from which on things may be added */
  constructor(nowMs: number) {
    this.#now = Math.floor(nowMs);
  }

  get size(): number {
    return this.#size;
  }

  /** A due time that has passed counts as the next millisecond. */
  add(dueMs: number, item: T): void {
    const key = Math.max(Math.ceil(dueMs), this.#now);
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, [item]);
    else bucket.push(item);
    this.#size += 1;
  }

  /** Removes and returns what is due, earliest first. */
  takeDue(nowMs: number): T[] {
    const due: T[] = [];
    for (; this.#now <= nowMs; this.#now += 1) {
      const bucket = this.#buckets.get(this.#now);
      if (bucket === undefined) continue;
      for (const item of bucket) due.push(item);
      this.#buckets.delete(this.#now);
    }
    this.#size -= due.length;
    return due;
  }

  /** Removes and returns everything. */
  takeAll(): T[] {
    const all = [...this.#buckets.values()].flat();
    this.#buckets.clear();
    this.#size = 0;
    return all;
  }
}
