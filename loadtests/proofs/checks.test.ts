import { expect, it } from 'vitest';
import { atLeast, atMost, below, checksAt, decideProof, type ProofCheck } from './checks.ts';

const calm = { excuse: undefined, interruptedBy: undefined };
const speed = below({ name: 'p99', value: 61, unit: 'ms', max: 50 });
const loss: ProofCheck = {
  ...{ name: 'nothing is lost', found: '1 lost', restsOnSpeed: false },
  check: { status: 'not-met', detail: '1 lost' },
};
const kept = below({ name: 'p99', value: 49.9, unit: 'ms', max: 50 });
const unseen = below({ name: 'p99', value: undefined, unit: 'ms', max: 50 });

it('passes when every check is kept, and only then', () => {
  expect(decideProof([kept], calm)).toEqual({ verdict: 'PASS', reasons: [] });
  expect(decideProof([], calm).verdict).toBe('INCONCLUSIVE');
  expect(decideProof([kept, unseen], calm)).toMatchObject({
    verdict: 'INCONCLUSIVE',
    reasons: [{ text: 'p99 < 50 ms: nobody could measure it' }],
  });
});

it('fails when a figure is beyond its bound', () => {
  expect(decideProof([kept, speed], calm)).toMatchObject({
    verdict: 'FAIL',
    reasons: [{ text: 'p99 < 50 ms: it was 61 ms' }],
  });
});

it('excuses speed, and never what became of orders', () => {
  const busy = { ...calm, excuse: 'others used 0.9 cores' };
  expect(decideProof([speed], busy)).toMatchObject({
    verdict: 'INCONCLUSIVE',
    reasons: [{ text: 'p99 < 50 ms: it was 61 ms, but others used 0.9 cores' }],
  });
  expect(decideProof([speed, loss], busy)).toMatchObject({
    verdict: 'FAIL',
    reasons: [{ text: 'nothing is lost: 1 lost' }, { verdict: 'INCONCLUSIVE' }],
  });
});

it('is aborted when somebody ended it and nothing was broken', () => {
  const ended = { ...calm, interruptedBy: 'SIGINT' };
  expect(decideProof([kept], ended).verdict).toBe('ABORTED');
  expect(decideProof([loss], ended).verdict).toBe('FAIL');
});

it.each([
  [below({ name: 'x', value: 50, unit: '', max: 50 }), 'not-met'],
  [atMost({ name: 'x', value: 50, unit: '', max: 50 }), 'met'],
  [atMost({ name: 'x', value: 51, unit: '', max: 50 }), 'not-met'],
  [atLeast({ name: 'x', value: 50, unit: '', min: 50 }), 'met'],
  [atLeast({ name: 'x', value: 49, unit: '', min: 50 }), 'not-met'],
  [atLeast({ name: 'x', value: Number.NaN, unit: '', min: 50 }), 'unknown'],
])('holds a figure to its bound: %j', ({ check }, status) => {
  expect(check.status).toBe(status);
});

it('does not judge scaled down what would say something else then', () => {
  const cpu = atMost({ name: 'CPU', value: 900, unit: 'µs', max: 140, needsFullSize: true });
  expect(checksAt('full', [cpu, speed])).toEqual([cpu, speed]);
  const [told, judged] = checksAt('small', [cpu, speed]);
  expect(told).toMatchObject({ found: '900 µs', check: { status: 'not-applicable' } });
  expect(judged).toEqual(speed);
  expect(decideProof(checksAt('small', [cpu, kept]), calm).verdict).toBe('PASS');
});
