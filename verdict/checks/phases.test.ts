import { describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../history.ts';
import type { PlannedShape } from '../load-shape.ts';
import type { ReportLoadPhase } from '../report/model.ts';
import { checkKnee, checkPhases, findKnee, judgeOnMachine, judgePhase, measurePhases } from './phases.ts';

const objectives = { withinMs: 50, withinShareMin: 0.99, acceptedShareMin: 0.999 };

const phase = (name: string, isJudged: boolean) => {
  return { name, startRate: 100, endRate: 100, durationMs: 1_000, isJudged, planned: 100 };
};
const shape: PlannedShape = {
  name: 'test',
  phases: [phase('warm-up', false), phase('normal', true), phase('peak', true)],
};

/** A hundred orders a second, each answered after so long; statuses before the last are retried at once. */
function record(index: number, waitMs: number, statuses: readonly number[] = [201]): AttemptRecord {
  const answers = statuses.map((status) => {
    return { status, isDefinite: true, sentAfterUs: 0, answeredAfterUs: waitMs * 1_000 };
  });
  const outcome = statuses.includes(201) ? 'accepted' : 'refused';
  const at = { index, intendedAtUs: index * 10_000 };
  return { ...at, outcome, orderId: undefined, streamSequence: 0, answers };
}

async function measure(records: readonly AttemptRecord[]): Promise<readonly ReportLoadPhase[]> {
  async function* batches() {
    yield records;
  }
  return measurePhases(batches(), shape, objectives);
}

const all = (change: (index: number) => AttemptRecord | undefined) =>
  Array.from({ length: 300 }, (_, index) => change(index)).filter((one) => one !== undefined);

describe('a phase of a load', () => {
  it('keeps the promises when all its orders were sent, accepted and quick', async () => {
    const phases = await measure(all((index) => record(index, 10)));
    expect(phases.map(({ promises }) => promises.status)).toEqual(['met', 'met', 'met']);
    expect(phases[1]).toMatchObject({ attempted: 100, accepted: 100, withinShare: 1, acceptedShare: 1 });
    expect(checkPhases(phases).map(({ name }) => name)).toEqual([
      'the promises hold in phase normal',
      'the promises hold in phase peak',
    ]);
  });

  it('allows as many slow orders as the objective, and not one more', async () => {
    const slow = (count: number) => all((index) => record(index, index >= 300 - count ? 51 : 50));
    expect((await measure(slow(1)))[2]?.promises.status).toBe('met');
    const [, normal, peak] = await measure(slow(2));
    expect(normal?.promises.status).toBe('met');
    expect(peak?.promises).toEqual({
      status: 'not-met',
      detail: 'only 98 % of the accepted orders waited at most 50 ms (promised: 99 %)',
    });
  });

  it('breaks them by refusals that were retried in time', async () => {
    const refuse = (...indices: readonly number[]) =>
      measure(all((index) => record(index, 10, indices.includes(index) ? [503, 201] : [201])));
    const [, normal] = await refuse(150, 151);
    expect(normal?.promises).toMatchObject({
      status: 'not-met',
      detail: expect.stringMatching(/98.03 % of the sends/),
    });
    expect((await refuse(150))[1]?.promises).toEqual({
      status: 'unknown',
      detail: '100 requests tell nothing of 99.9 % (1000 would)',
    });
  });

  it('breaks them by a single order that was never accepted, where they are asked of it', () => {
    const figures = {
      ...phase('long', true),
      fromUs: 0,
      toUs: 1,
      withinMs: 50,
      withinShare: 1,
      acceptedShare: 0.9999,
    };
    const one = { ...figures, planned: 10_000, attempted: 10_000, accepted: 9_999 };
    expect(judgePhase(one, objectives)).toEqual({
      status: 'not-met',
      detail: '1 of 10000 orders were never accepted',
    });
    expect(judgePhase({ ...one, isJudged: false }, objectives).status).toBe('met');
  });

  it('says nothing when an order was not sent', async () => {
    const [, normal, peak] = await measure(all((index) => (index === 150 ? undefined : record(index, 10))));
    expect(normal?.promises).toEqual({ status: 'unknown', detail: '1 of its 100 orders were not sent' });
    expect(peak?.promises.status).toBe('met');
  });

  describe('of few requests', () => {
    const figures = {
      ...{ ...phase('short', true), fromUs: 0, toUs: 1, withinMs: 50, withinShare: 1, acceptedShare: 1 },
      ...{ planned: 99, attempted: 99, accepted: 99 },
    };
    const hundred = { ...figures, planned: 100, attempted: 100, accepted: 100 };

    it('says nothing of waiting', () => {
      const detail = '99 requests tell nothing of 99 % (100 would)';
      expect(judgePhase(figures, objectives)).toEqual({ status: 'unknown', detail });
      expect(judgePhase({ ...figures, withinShare: 0.5 }, objectives).status).toBe('unknown');
      expect(judgePhase(hundred, objectives).status).toBe('met');
    });

    it('counts requests, not their orders', () => {
      expect(judgePhase(hundred, objectives, { ordersPerRequest: 10 })).toMatchObject({
        detail: '10 requests tell nothing of 99 % (100 would)',
      });
      const thousand = { ...hundred, planned: 1_000, attempted: 1_000, accepted: 1_000 };
      const batches = { ordersPerRequest: 10 };
      const refuse = (sends: number) =>
        judgePhase({ ...thousand, acceptedShare: 1_000 / (1_000 + sends) }, objectives, batches).status;
      expect([refuse(0), refuse(10), refuse(20)]).toEqual(['met', 'unknown', 'not-met']);
    });

    it('still tells of an order that was never accepted', () => {
      const one = { ...figures, accepted: 98, acceptedShare: 98 / 99 };
      expect(judgePhase(one, objectives)).toEqual({
        status: 'not-met',
        detail: '1 of 99 orders were never accepted',
      });
    });
  });
});

describe('on a machine that others kept busy', () => {
  const busy = { cores: 2, loadAverageBefore: 4.1 };
  const idle = { cores: 2, loadAverageBefore: 4 };
  const slow = all((index) => record(index, index < 200 ? 10 : 60));

  it('says nothing of promises that were broken by waiting', async () => {
    const phases = await measure(slow);
    const statuses = (machine: typeof busy) =>
      judgeOnMachine(phases, machine, objectives).map(({ promises }) => promises.status);
    expect(statuses(idle)).toEqual(['met', 'met', 'not-met']);
    expect(statuses(busy)).toEqual(['met', 'met', 'unknown']);
  });

  it('excuses no refusal, and no order that was never accepted', async () => {
    const refused = await measure(all((index) => record(index, 60, index >= 295 ? [503, 201] : [201])));
    expect(judgeOnMachine(refused, busy, objectives)[2]?.promises.status).toBe('not-met');
    const unaccepted = await measure(all((index) => record(index, 60, index === 299 ? [422] : [201])));
    expect(judgeOnMachine(unaccepted, busy, objectives)[2]?.promises.status).toBe('not-met');
  });

  it('finds no knee below a step that was only slow', async () => {
    const verdictOn = (phases: readonly ReportLoadPhase[], machine: typeof busy) =>
      checkKnee(findKnee(judgeOnMachine(phases, machine, objectives))).check.status;
    const phases = await measure(slow);
    expect([verdictOn(phases, idle), verdictOn(phases, busy)]).toEqual(['met', 'unknown']);
    const refusing = await measure(all((index) => record(index, 10, index < 200 ? [201] : [503, 201])));
    expect(verdictOn(refusing, busy)).toBe('met');
  });
});

describe('the knee', () => {
  const step = (rate: number, status: 'met' | 'not-met' | 'unknown'): ReportLoadPhase => {
    const promises = status === 'met' ? ({ status } as const) : { status, detail: `at ${rate}` };
    return {
      ...{ name: `step ${rate}`, startRate: rate, endRate: rate, isJudged: false, fromUs: 0, toUs: 1 },
      ...{ planned: 1, attempted: 1, accepted: 1, withinMs: 50, withinShare: 1, acceptedShare: 1, promises },
    };
  };
  const kneeOf = (...statuses: readonly ('met' | 'not-met' | 'unknown')[]) => {
    const knee = findKnee([step(0, 'met'), ...statuses.map((status, at) => step(at + 1, status))]);
    return [knee.rate, checkKnee(knee).check.status];
  };

  it('is the highest step that keeps the promises, when the next one breaks them', () => {
    expect(kneeOf('met', 'met', 'not-met', 'unknown')).toEqual([2, 'met']);
    expect(kneeOf('met', 'not-met', 'met', 'not-met')).toEqual([3, 'met']);
  });

  it('may be higher when the step above it was not sent, or there is none', () => {
    expect(kneeOf('met', 'unknown')).toEqual([1, 'unknown']);
    expect(kneeOf('met', 'met')).toEqual([2, 'unknown']);
  });

  it('is missing when not even the lowest step keeps them', () => {
    expect(kneeOf('not-met', 'not-met')).toEqual([undefined, 'not-met']);
    expect(kneeOf('unknown', 'not-met')).toEqual([undefined, 'unknown']);
  });
});
