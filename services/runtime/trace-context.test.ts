import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, newSpanId, newTraceId, parseTraceparent, shouldSample } from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.boolean(), (isSampled) => {
        const context = { traceId: newTraceId(), spanId: newSpanId(), isSampled };
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
    );
  });

  it('of a later version may carry more fields and other flags', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-03-extra`)).toEqual({
      traceId,
      spanId,
      isSampled: true,
    });
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['of the forbidden version', `ff-${traceId}-${spanId}-01`],
    ['without a trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['without a span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['in upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['cut short', `00-${traceId}-${spanId}`],
    ['anything', 'traceparent'],
  ])('that is %s counts as none', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('costs the same to refuse however long it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        const context = parseTraceparent(text);
        expect(context === undefined || /^[0-9a-f]{32}$/.test(context.traceId)).toBe(true);
      }),
    );
  });
});

describe('new ids', () => {
  it('differ and have the right length', () => {
    const ids = new Set(Array.from({ length: 5_000 }, newTraceId));
    expect(ids.size).toBe(5_000);
    expect([...ids].every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('sampling', () => {
  it('keeps everything at 1 and nothing at 0', () => {
    const highest = 'f'.repeat(32);
    const lowest = `${'0'.repeat(31)}1`;
    expect([shouldSample(lowest, 1), shouldSample(highest, 1)]).toEqual([true, true]);
    expect([shouldSample(lowest, 0), shouldSample(highest, 0)]).toEqual([false, false]);
  });

  it('decides by the trace id alone, and more of them for a higher ratio', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          const id = newTraceId();
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(shouldSample(id, low) && !shouldSample(id, high)).toBe(false);
        },
      ),
    );
  });

  it('keeps about the asked-for share', () => {
    const ids = Array.from(
      { length: 256 },
      (_, first) => `${'a'.repeat(19)}${first.toString(16).padStart(2, '0')}${'8'.repeat(11)}`,
    );
    expect(ids.filter((id) => shouldSample(id, 0.25))).toHaveLength(64);
  });
});
