/** How long what comes is counted before it is said whether an overload goes on, milliseconds. */
export const calmMs = 1_000;

/** An overload is over once less than this share of what came was refused. */
const refusedShareMin = 0.05;

/**
 * Whether more comes than can be worked on. It is told when that begins, counts what is refused from then on, and says itself when
 * it is over: as long as much is refused, much would be left over otherwise. A service that refuses little does not need
 * to, and one that took ordinary traffic for an overload finds out within a second.
 */
export class OverloadWatch {
  /** When counting began; undefined while there is no overload. */
  #sinceMs: number | undefined;
  #came = 0;
  #refused = 0;

  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#came = 0;
    this.#refused = 0;
  }

  /** To be asked whenever something comes: a second without a question is one in which nothing came. */
  goesOn(nowMs: number): boolean {
    if (this.#sinceMs === undefined) return false;
    const countedMs = nowMs - this.#sinceMs;
    if (countedMs < calmMs) return true;
    if (countedMs < 2 * calmMs && this.#refused >= refusedShareMin * this.#came) this.begin(nowMs);
    else this.#sinceMs = undefined;
    return this.#sinceMs !== undefined;
  }

  /** Counts one thing that came while it goes on. */
  count(isRefused: boolean): void {
    this.#came += 1;
    if (isRefused) this.#refused += 1;
  }
}
