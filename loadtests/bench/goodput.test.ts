import { expect, it } from 'vitest';
import type { Answer, AttemptRecord } from '../../verdict/index.ts';
import { measureGoodput } from './goodput.ts';

const answer = (status: number, sentAfterUs: number, answeredAfterUs: number): Answer => ({
  ...{ status, sentAfterUs, answeredAfterUs },
  isDefinite: true,
});

const record = (index: number, intendedAtUs: number, answers: readonly Answer[]): AttemptRecord => ({
  ...{ index, intendedAtUs, answers, orderId: undefined, streamSequence: 0 },
  outcome: answers.at(-1)?.status === 201 ? 'accepted' : 'refused',
});

async function* batchesOf(...records: readonly AttemptRecord[]) {
  yield records;
}

it('counts as throughput what was accepted within the window', async () => {
  const goodput = await measureGoodput(
    batchesOf(
      record(0, 0, [answer(201, 0, 900_000)]),
      record(1, 500_000, [answer(201, 0, 600_000)]),
      record(2, 1_500_000, [answer(201, 0, 100_000)]),
      record(3, 2_900_000, [answer(201, 0, 200_000)]),
    ),
    { fromUs: 1_000_000, toUs: 3_000_000 },
  );
  expect(goodput).toMatchObject({ accepted: 4, unaccepted: 0, acceptedPerSecond: 1 });
});

it('measures a customer from the intended time, a closed loop from the send', async () => {
  const goodput = await measureGoodput(
    batchesOf(record(0, 0, [answer(503, 10_000, 20_000), answer(201, 70_000, 80_000)])),
    { fromUs: 0, toUs: 1_000_000 },
  );
  expect(goodput.fromIntendedUs.p50).toBeGreaterThan(79_000);
  expect(goodput.fromSendUs.p50).toBeLessThan(10_100);
});

it('knows how many orders were outstanding, waits for repeats included', async () => {
  const goodput = await measureGoodput(
    batchesOf(
      record(0, 0, [answer(201, 0, 500_000)]),
      record(1, 0, [answer(503, 0, 100_000), answer(201, 400_000, 500_000)]),
    ),
    { fromUs: 0, toUs: 1_000_000 },
  );
  expect(goodput.outstandingMean).toBeCloseTo(1);
});

it('counts what was sent and never accepted', async () => {
  const goodput = await measureGoodput(batchesOf(record(0, 0, [answer(503, 0, 5_000)])), {
    ...{ fromUs: 0, toUs: 1_000_000 },
  });
  expect(goodput).toMatchObject({ accepted: 0, unaccepted: 1, acceptedPerSecond: 0 });
});

it('counts orders as outstanding whatever became of them: a platform that refuses is not idle', async () => {
  const goodput = await measureGoodput(
    batchesOf(
      record(0, 0, [answer(201, 0, 1_000_000)]),
      record(1, 0, [answer(503, 0, 1_000_000)]),
      record(2, 0, [answer(0, 500_000, 3_000_000)]),
    ),
    { fromUs: 0, toUs: 1_000_000 },
  );
  expect(goodput.outstandingMean).toBeCloseTo(2.5);
});
