/**
 * Says in which row of an append-only table a key may be, from memory. An index in the database would be random to
 * keys that are hashes: each row would dirty a page of its own in an index of hundreds of megabytes, and cost the more
 * the more rows there are (docs/decisions/0009-keys-are-indexed-in-memory.md).
 *
 * It is not exact: a row it names may have another key, so the caller compares. A row that has the key is always named.
 * It is made anew from the table whenever that is opened. Nobody may choose keys so that their hashes collide.
 */
export type KeyIndex = {
  /** @param row an integer that is not below the first */
  add(key: string, row: number): void;
  /**
   * The first row that may have the key and that the caller accepts; rows of newer generations are asked for first.
   *
   * @param isMatch compares the key with that of the row, which may be gone or have another
   */
  find(key: string, isMatch: (row: number) => boolean): number | undefined;
  /** Keeps what was added since the last commit or rollback, and may forget rows below the one that is first now. */
  commit(firstRow: number): void;
  /** Takes back what was added since the last commit or rollback. */
  rollback(): void;
};

/**
 * The keys of as many consecutive rows as {@link KeyIndex} keeps together, in a hash table with open addressing. A slot
 * is 0 when it is empty; else its low bits say which row of the generation it is, its high bits are those of the key's
 * hash, never all 0. Keys are never deleted one by one.
 */
type Generation = { readonly slots: Int32Array; used: number };

/** A table that is fuller than this answers slowly: a miss looks at 6 slots, at 0.6 it looks at 4 (Knuth, TAOCP 6.4). */
const loadMax = 0.7;
/** At least 8 bits of the hash stay in a slot. */
const slotBitsMax = 24;

/**
 * @param options.generations how many are given memory at once, so that it does not grow while they are filled
 * @param options.rowsPerGeneration more of them make a miss slower, fewer keep more rows that are gone; at most 11.7 million
 */
export function createKeyIndex(options: {
  readonly firstRow: number;
  readonly generations: number;
  readonly rowsPerGeneration: number;
}): KeyIndex {
  const { rowsPerGeneration } = options;
  const slotBits = Math.max(1, Math.ceil(Math.log2(rowsPerGeneration / loadMax + 1)));
  if (slotBits > slotBitsMax) throw new RangeError(`${rowsPerGeneration} rows are too many for a generation`);
  const slotCount = 2 ** slotBits;
  const mask = slotCount - 1;

  const spare = Array.from({ length: options.generations }, () => createGeneration(slotCount));
  /** Of consecutive rows; the newest is the last. */
  const kept: Generation[] = [];
  /** The number of `kept[0]`: its first row is that times `rowsPerGeneration`. No row below it is added any more. */
  let firstNumber = Math.floor(options.firstRow / rowsPerGeneration);
  /** What {@link KeyIndex.rollback} empties: generation number × `slotCount` + slot. */
  let added: number[] = [];

  const generationAt = (number: number): Generation => {
    while (firstNumber + kept.length <= number) kept.push(spare.pop() ?? createGeneration(slotCount));
    const generation = kept[number - firstNumber];
    if (generation === undefined) throw new RangeError('the generation of this row is forgotten');
    return generation;
  };

  return {
    add(key, row) {
      const number = Math.floor(row / rowsPerGeneration);
      const generation = generationAt(number);
      if (generation.used === rowsPerGeneration) throw new RangeError('more keys than rows in a generation');
      const { slots } = generation;
      const hash = hashOf(key);
      let at = hash & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = (tagOf(hash, slotBits) << slotBits) | (row - number * rowsPerGeneration);
      generation.used += 1;
      added.push(number * slotCount + at);
    },
    find(key, isMatch) {
      const hash = hashOf(key);
      const tag = tagOf(hash, slotBits);
      for (let index = kept.length - 1; index >= 0; index--) {
        const { slots } = kept[index] as Generation;
        for (let at = hash & mask, slot = slots[at] as number; slot !== 0; slot = slots[at] as number) {
          if (slot >>> slotBits === tag) {
            const row = (firstNumber + index) * rowsPerGeneration + (slot & mask);
            if (isMatch(row)) return row;
          }
          at = (at + 1) & mask;
        }
      }
      return undefined;
    },
    commit(firstRow) {
      added = [];
      const firstKept = Math.max(firstNumber, Math.floor(firstRow / rowsPerGeneration));
      for (const generation of kept.splice(0, firstKept - firstNumber)) {
        if (spare.length >= options.generations) continue;
        generation.slots.fill(0);
        generation.used = 0;
        spare.push(generation);
      }
      firstNumber = firstKept;
    },
    rollback() {
      for (const place of added) {
        const generation = kept[Math.floor(place / slotCount) - firstNumber] as Generation;
        generation.slots[place % slotCount] = 0;
        generation.used -= 1;
      }
      added = [];
    },
  };
}

/** Writes to all of its memory, which the kernel gives only then. */
function createGeneration(slotCount: number): Generation {
  return { slots: new Int32Array(slotCount).fill(0), used: 0 };
}

function tagOf(hash: number, slotBits: number): number {
  return hash >>> slotBits || 1;
}

/** 32 bits: FNV-1a, and the finalizer of MurmurHash3, without which its low bits would depend on the last characters. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
