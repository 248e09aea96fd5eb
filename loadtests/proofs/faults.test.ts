import { describe, expect, it } from 'vitest';
import { type ReportFault, takePulse } from '../../verdict/index.ts';
import { faultWindow, judgePromisesAfter, judgeRefusals } from './faults.ts';
import { historyOf, loadOf, sendsAt, startedAtMs } from './fixtures/runs.ts';

const window = { fromMs: 10_000, toMs: 28_000 };
const refused = { tookMs: 5, status: 503, retryAfter: 1 };
const calm = sendsAt(200, 0, 60_000);

describe('the window of faults', () => {
  const load = loadOf({ name: 'peak', orders: 1, accepted: 1, p99Ms: 1 });
  const fault = (injected: number, healed: number | undefined): ReportFault => ({
    ...{ name: 'kill', target: 'nats-0', isProven: true, proof: '', measurements: {} },
    injectedAtMs: startedAtMs + injected,
    healedAtMs: healed === undefined ? undefined : startedAtMs + healed,
  });

  it('is from the first injection until the bound after the last healing', () => {
    const faults = [fault(10_500, 13_000), fault(10_000, 12_000)];
    expect(faultWindow({ faults, load }, 15_000)).toEqual(window);
  });

  it('is not known when nothing was broken, or something never healed', () => {
    expect(faultWindow({ faults: [], load }, 15_000)).toBeUndefined();
    expect(faultWindow({ faults: [fault(10_000, undefined)], load }, 15_000)).toBeUndefined();
  });
});

describe('refusals', () => {
  const judge = async (fromMs: number, toMs: number) => {
    const pulse = await takePulse(historyOf([...calm, ...sendsAt(10, fromMs, toMs, refused)]), 50);
    return judgeRefusals(pulse, window).check;
  };

  it('are the price of faults, inside the window', async () => {
    expect(await judge(10_000, 27_500)).toEqual({ status: 'met' });
  });

  it.each([
    [9_000, 9_100],
    [28_500, 28_600],
  ])('are found outside of it: from %i to %i ms', async (fromMs, toMs) => {
    expect(await judge(fromMs, toMs)).toMatchObject({ status: 'not-met', detail: /^0 inside .*1 outside$/ });
  });

  it('are not known where nothing was sent', () => {
    expect(judgeRefusals({ beatMs: 250, lateAfterMs: 50, beats: [] }, window).check.status).toBe('unknown');
  });
});

describe('promises after the faults', () => {
  const load = { durationSeconds: 60, recoverMs: 15_000 };
  const judge = async (sends: readonly Parameters<typeof historyOf>[0][number][], until = load) =>
    (await judgePromisesAfter(historyOf(sends), window, until)).check;
  const before = sendsAt(200, 0, 28_000, { tookMs: 900, status: 201 });

  it('count from the end of the window', async () => {
    expect(await judge([...before, ...sendsAt(200, 28_000, 60_000)])).toEqual({ status: 'met' });
  });

  it('are found broken when orders still wait, or are refused', async () => {
    const late = sendsAt(200, 28_000, 60_000, { tookMs: 51, status: 201 });
    expect((await judge([...before, ...late])).status).toBe('not-met');
    const some = sendsAt(10, 28_000, 60_000, refused);
    expect((await judge([...before, ...sendsAt(200, 28_000, 60_000), ...some])).status).toBe('not-met');
  });

  it('are not known when the load ends before', async () => {
    expect((await judge(calm, { ...load, durationSeconds: 28 })).status).toBe('unknown');
    expect((await judge(before)).status).toBe('unknown');
  });
});
