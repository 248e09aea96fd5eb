/**
 * Maps 128-bit order ids to dense row numbers, 0 upwards: an open-addressing hash table in typed arrays, about 24
 * to 32 bytes an id, where a Map of strings takes some 150.
 */
export class IdIndex {
  /** Row + 1 by slot, 0 for a free slot. Its length is a power of two, at most three quarters of it taken. */
  #slots: Int32Array;
  /** Four big-endian words of the id by row. */
  #words: Uint32Array;
  #size = 0;
  /** Ids that are not 32 hex digits (writers of the original schema choose their own), by row. */
  readonly #foreignIds = new Map<number, string>();
  /** The words of the id at hand, filled by {@link IdIndex.#parse}. */
  readonly #scratch = new Uint32Array(4);

  /** @param expected how many ids to make room for; it grows when there are more */
  constructor(expected = 1_024) {
    const rows = Math.max(16, expected);
    this.#words = new Uint32Array(rows * 4);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2((rows * 4) / 3)));
  }

  /** How many distinct ids it holds; rows are 0 to size - 1. */
  get size(): number {
    return this.#size;
  }

  /** The id's row, a new one when it is unknown. */
  rowOf(id: string): number {
    const isForeign = this.#parse(id);
    const slot = this.#slotOf(this.#scratch);
    const known = this.#slots[slot] as number;
    if (known !== 0) return known - 1;
    const row = this.#size++;
    if (row * 4 >= this.#words.length) this.#growWords();
    this.#words.set(this.#scratch, row * 4);
    this.#slots[slot] = row + 1;
    if (isForeign) this.#foreignIds.set(row, id);
    if (this.#size * 4 > this.#slots.length * 3) this.#growSlots();
    return row;
  }

  /** The id of a row, as it was given to {@link IdIndex.rowOf}. */
  idOf(row: number): string {
    const foreign = this.#foreignIds.get(row);
    if (foreign !== undefined) return foreign;
    let id = '';
    for (const word of this.#words.subarray(row * 4, row * 4 + 4)) id += word.toString(16).padStart(8, '0');
    return id;
  }

  /** Puts the id's words into the scratch; of an id that is no 32 lower-case hex digits, a 128-bit hash. */
  #parse(id: string): boolean {
    if (id.length === 32) {
      let isHex = true;
      for (let word = 0; word < 4 && isHex; word++) {
        let value = 0;
        for (let at = word * 8; at < word * 8 + 8; at++) {
          const digit = hexDigit(id.charCodeAt(at));
          if (digit < 0) isHex = false;
          value = (value << 4) | digit;
        }
        this.#scratch[word] = value;
      }
      if (isHex) return false;
    }
    for (let word = 0; word < 4; word++) this.#scratch[word] = fnv1a(id, word + 1);
    return true;
  }

  /** The slot that holds the id of these words, or the free one where it belongs. */
  #slotOf(words: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let slot = scatter(words, 0) & mask;
    for (;;) {
      const taken = this.#slots[slot] as number;
      if (taken === 0) return slot;
      const at = (taken - 1) * 4;
      if (
        this.#words[at] === words[0] &&
        this.#words[at + 1] === words[1] &&
        this.#words[at + 2] === words[2] &&
        this.#words[at + 3] === words[3]
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #growWords(): void {
    const grown = new Uint32Array(this.#words.length * 2);
    grown.set(this.#words);
    this.#words = grown;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let row = 0; row < this.#size; row++) {
      let slot = scatter(this.#words, row * 4) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row + 1;
    }
  }
}

/** FNV-1a over the string's UTF-16 units, from a seed; see http://www.isthe.com/chongo/tech/comp/fnv/. */
export function fnv1a(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Derived ids are uniform already; ids counted upwards by a test are not. */
function scatter(words: Uint32Array, at: number): number {
  const folded =
    (words[at] as number) ^
    Math.imul(words[at + 1] as number, 0x9e3779b1) ^
    Math.imul(words[at + 2] as number, 0x85ebca6b) ^
    Math.imul(words[at + 3] as number, 0xc2b2ae35);
  return Math.imul(folded ^ (folded >>> 15), 0x2c1b3c6d) >>> 7;
}

/** The value of a lower-case hex digit's character code; -1 for any other. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}
