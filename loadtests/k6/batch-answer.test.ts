import { expect, it } from 'vitest';
import { readBatchAnswer } from './batch-answer.ts';

const multi = { status: 207, retryAfterMs: 0 };

it('reads a result for each order', () => {
  const results = [
    { status: 201, order_id: 'a', position: 1, replayed: false },
    { status: 503, code: 'not-ready', detail: '', retry_after_seconds: 2 },
    { status: 422, code: 'not-valid', detail: '' },
  ];
  expect(readBatchAnswer(multi, JSON.stringify({ results }), 3)).toEqual([
    { status: 201, retryAfterMs: 0, stored: ['a', 1] },
    { status: 503, retryAfterMs: 2_000 },
    { status: 422, retryAfterMs: 0 },
  ]);
});

it('takes a refusal of the whole for one of each order', () => {
  const refused = { status: 503, retryAfterMs: 1_000 };
  expect(readBatchAnswer(refused, '{"title":"no"}', 2)).toEqual([refused, refused]);
});

it.each([
  ['no JSON', '<html>'],
  ['no body', null],
  ['no results', '{}'],
  ['a result too few', '{"results":[{"status":201}]}'],
  ['results that are no results', '{"results":[null,7]}'],
])('takes a 207 with %s for no acceptance and no definite refusal', (_what, body) => {
  expect(readBatchAnswer(multi, body, 2).map(({ status }) => status)).toEqual([207, 207]);
});

it('takes a 201 for the whole of a batch for no acceptance', () => {
  expect(
    readBatchAnswer({ status: 201, retryAfterMs: 0 }, '{}', 2).map(({ status }) => status),
  ).not.toContain(201);
});
