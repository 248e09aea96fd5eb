import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Breaker, BreakerOpenError, type BreakerState, createBreaker } from './breaker.ts';

const failure = new Error('no answer');
const fail = () => Promise.reject(failure);
const succeed = () => Promise.resolve('answer');

let breaker: Breaker;
let changes: BreakerState[];

beforeEach(() => {
  vi.useFakeTimers();
  breaker = createBreaker({ name: 'remote' });
  changes = [];
  breaker.onChange((state) => changes.push(state));
});
afterEach(() => {
  breaker.shutdown();
  vi.useRealTimers();
});

async function failTimes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await expect(breaker.call(fail)).rejects.toBe(failure);
}

describe('a breaker', () => {
  it('stays closed through five failures in a row and opens on the sixth', async () => {
    await failTimes(5);
    expect(breaker.state()).toBe('closed');
    await failTimes(1);
    expect(breaker.state()).toBe('open');
    expect(changes).toEqual(['open']);
  });

  it('starts to count again after a success', async () => {
    await failTimes(5);
    await expect(breaker.call(succeed)).resolves.toBe('answer');
    await failTimes(5);
    expect(breaker.state()).toBe('closed');
    await failTimes(1);
    expect(breaker.state()).toBe('open');
  });

  it('counts calls that were under way together', async () => {
    await Promise.allSettled(Array.from({ length: 6 }, () => breaker.call(fail)));
    expect(breaker.state()).toBe('open');
  });

  it('refuses calls definitely and without making them while it is open', async () => {
    await failTimes(6);
    const action = vi.fn(succeed);
    const refusal = await breaker.call(action).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BreakerOpenError);
    expect(refusal).toMatchObject({ code: 'breaker-open', isDefinite: true });
    expect(action).not.toHaveBeenCalled();
  });

  it('lets one trial through after 15 s and closes when it succeeds', async () => {
    await failTimes(6);
    vi.advanceTimersByTime(14_999);
    expect(breaker.state()).toBe('open');
    vi.advanceTimersByTime(1);
    expect(breaker.state()).toBe('half-open');

    let answer: (value: string) => void = () => {};
    const trial = breaker.call(() => new Promise<string>((resolve) => (answer = resolve)));
    await expect(breaker.call(succeed)).rejects.toBeInstanceOf(BreakerOpenError);
    answer('back');
    await expect(trial).resolves.toBe('back');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    await failTimes(5);
    expect(breaker.state()).toBe('closed');
  });

  it('opens again for another 15 s when the trial fails', async () => {
    await failTimes(6);
    vi.advanceTimersByTime(15_000);
    await failTimes(1);
    expect(breaker.state()).toBe('open');
    vi.advanceTimersByTime(15_000);
    expect(changes).toEqual(['open', 'half-open', 'open', 'half-open']);
  });

  it('hands on what a call throws, errors with codes of their own included', async () => {
    const odd = Object.assign(new Error('busy'), { code: 'EBUSY' });
    await expect(breaker.call(() => Promise.reject(odd))).rejects.toBe(odd);
  });
});
