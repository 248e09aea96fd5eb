import { describe, expect, test } from 'vitest';
import { createAbortJudge, type Look } from './abort.ts';

const limits = { unreachableMs: 2_000, starvedMs: 3_000, failedShareMax: 0.5, diskFreeBytesMin: 2 ** 30 };

/** What is said of looks one second apart. */
function judge(looks: readonly Partial<Look>[]): readonly (string | undefined)[] {
  const judgeLook = createAbortJudge(limits);
  return looks.map((look, at) =>
    judgeLook({
      ...{ atMs: at * 1_000, isReachable: true, accepted: at, sends: undefined, diskFreeBytes: 2 ** 40 },
      ...look,
    }),
  );
}

const away = { isReachable: false };

describe('a run', () => {
  test('goes on while orders are answered and accepted', () => {
    expect(judge([{}, away, away, {}, away, away, {}])).toEqual(Array(7).fill(undefined));
  });

  test('ends when the order service is unreachable for longer than it may be', () => {
    const [, , , said] = judge([{}, away, away, away]);
    expect(said).toBe('the order service was unreachable for 3.0 s (limit 2.0 s)');
  });

  test('ends when the order service was never reachable', () => {
    expect(judge([away, away, away, away]).at(-1)).toContain('unreachable for 3.0 s');
  });

  test('ends when it goes on answering but accepts nothing', () => {
    const starved = { accepted: 7 };
    expect(judge([starved, starved, starved, starved, starved])).toEqual([
      ...Array(4).fill(undefined),
      'no order was accepted for 4.0 s (limit 3.0 s)',
    ]);
  });

  test('is not called starved when its client tells nothing before the end', () => {
    const mute = { accepted: undefined };
    expect(judge(Array(9).fill(mute))).toEqual(Array(9).fill(undefined));
  });

  test('ends when more sends fail than may, over ten seconds and in the end', () => {
    const failing = (from: number) =>
      Array.from({ length: 30 }, (_, at) => ({
        sends: { ended: at * 100, failed: Math.max(0, at - from) * 100 },
      }));
    const said = judge(failing(12));
    expect(said.slice(0, 18)).toEqual(Array(18).fill(undefined));
    expect(said[18]).toBe('60 % of the sends of 10.0 s failed (limit 50 %)');
  });

  test('goes on when all of few sends fail, and while there is no whole window of them', () => {
    const few = Array.from({ length: 30 }, (_, at) => ({ sends: { ended: at, failed: at } }));
    const short = Array.from({ length: 10 }, (_, at) => ({ sends: { ended: at * 100, failed: at * 100 } }));
    expect(judge(few)).toEqual(Array(30).fill(undefined));
    expect(judge(short)).toEqual(Array(10).fill(undefined));
  });

  test('ends when the disk is nearly full', () => {
    expect(judge([{ diskFreeBytes: 2 ** 20 }])).toEqual(['the disk has 1 MiB left (limit 1024 MiB)']);
  });
});
