import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exported, orderRow, orders, outcomeRow, outcomes, streams } from './fixtures/projection.ts';
import { type Batch, openProjection, type Projection } from './projection.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stormproof-projection-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function open(rowsMax: number): Projection {
  const projection = openProjection({
    directory,
    bootId: 'boot-1',
    now: () => 1_000,
    keyMemoryMs: 500,
    rowRetentionMs: 10_000,
    rowsMax,
    onRebuild: (reason) => {
      throw new Error(reason);
    },
    onContradiction: () => undefined,
  });
  projection.attach(streams);
  return projection;
}

describe('the state', () => {
  /** The hashes of the last two are equal (services/runtime/key-index.test.ts). */
  const ids = ['a', 'b', 'key-901258', 'key-1540052'];
  const orderMessages = fc.array(
    fc.array(
      fc.constantFrom(...ids).map((id) => orderRow(id)),
      { maxLength: 3 },
    ),
    { maxLength: 6 },
  );
  const outcomeMessages = fc.array(
    fc.array(
      fc
        .tuple(fc.constantFrom(...ids), fc.constantFrom(1, 2, 3, 4))
        .map(([id, state]) => outcomeRow(id, { state, chargeId: state === 1 ? `ch-${id}` : '' })),
      { maxLength: 3 },
    ),
    { maxLength: 6 },
  );

  /** What happens while a message is applied. */
  const step = fc.record({
    takesOrder: fc.boolean(),
    repeats: fc.boolean(),
    ends: fc.constantFrom('nothing', 'batches', 'commit', 'process', 'transaction'),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Messages in the order in which they are applied, and what ends after each. */
  const interleave = (first: readonly Batch[], second: readonly Batch[], steps: readonly Step[]) => {
    const sequence: { batches: Batch[]; end: Step['ends'] }[] = [{ batches: [], end: 'nothing' }];
    const [left, right] = [[...first], [...second]];
    for (const { takesOrder, repeats, ends } of steps) {
      const next = (takesOrder && left.length > 0) || right.length === 0 ? left.shift() : right.shift();
      const last = sequence.at(-1);
      if (next === undefined || last === undefined) break;
      last.batches.push(next, ...(repeats ? [next] : []));
      if (ends === 'nothing') continue;
      last.end = ends;
      sequence.push({ batches: [], end: 'nothing' });
    }
    return [...sequence, { batches: [...left, ...right], end: 'nothing' as const }];
  };

  const stateAfter = async (
    sequence: readonly { readonly batches: readonly Batch[]; readonly end: Step['ends'] }[],
    rowsMax: number,
  ) => {
    rmSync(directory, { recursive: true });
    let projection = open(rowsMax);
    const before: Batch[] = [];
    for (const { batches, end } of sequence) {
      projection.apply(batches);
      before.push(...batches);
      if (end === 'commit') {
        projection.attach(streams);
      } else if (end === 'process') {
        projection.close();
        projection = open(rowsMax);
      } else if (end === 'transaction') {
        const refused = orderRow('refused', { amountMinor: 'many' as unknown as number });
        expect(() => projection.apply([orders(1_000, orderRow('new'), refused)])).toThrow();
        projection.apply(before);
      }
    }
    projection.close();
    projection = open(rowsMax);
    const state = {
      rows: await exported(projection),
      ofRun: await exported(projection, 'run'),
      views: [...ids, 'new'].map((id) => projection.get(id)),
      charges: ids.map((id) => projection.find(`charge-${id}`)),
      positions: projection.positions(),
    };
    projection.close();
    return state;
  };

  // With 8 rows at most, the index of keys has one generation per row, so that copies and outcomes lie in others.
  it.each([1_000, 8])(
    'depends on the streams only, not on how messages interleave, repeat, share transactions or are lost (%i rows)',
    async (rowsMax) => {
      await fc.assert(
        fc.asyncProperty(
          orderMessages,
          outcomeMessages,
          fc.array(step, { minLength: 12, maxLength: 12 }),
          async (orderRows, outcomeRows, steps) => {
            const first = orderRows.map((rows, index) => orders(index + 1, ...rows));
            const second = outcomeRows.map((rows, index) => outcomes(index + 1, ...rows));
            expect(await stateAfter(interleave(first, second, steps), rowsMax)).toEqual(
              await stateAfter([{ batches: [...first, ...second], end: 'nothing' }], rowsMax),
            );
          },
        ),
        { numRuns: 40 },
      );
    },
  );
});
