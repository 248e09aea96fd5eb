import { createColors } from 'picocolors';
import { expect, it } from 'vitest';
import { atMost, type ProofCheck } from '../loadtests/proofs/checks.ts';
import { renderProof, toResult } from './proof-result.ts';

const kept = atMost({ name: 'CPU of the platform', value: 120, unit: 'µs', max: 140 });
const broken = atMost({ name: 'p99 of acceptance', value: 71, unit: 'ms', max: 50 });
const lost: ProofCheck = {
  ...{ name: 'every order is accounted for', found: '', restsOnSpeed: false },
  check: { status: 'unknown', detail: 'the orders were not audited' },
};

it('tells what was found of each check, and why the verdict is what it is', () => {
  const proven = { checks: [kept, broken, lost], runs: [], excuse: 'others used the machine' };
  const result = toResult({ line: 'steady', size: 'full' }, proven, undefined);
  expect(renderProof(result, createColors(false))).toBe(
    `steady, as issue 6 asks it
  ✓ CPU of the platform ≤ 140 µs: 120 µs
  ✗ p99 of acceptance ≤ 50 ms: 71 ms
  ? every order is accounted for
  speed is excused: others used the machine
INCONCLUSIVE
  p99 of acceptance ≤ 50 ms: it was 71 ms, but others used the machine
  every order is accounted for: the orders were not audited`,
  );
});

it('says that brokers spoke TLS, where they did', () => {
  const proven = { checks: [kept], runs: [], excuse: undefined };
  const result = toResult({ line: 'steady', size: 'small', tls: true }, proven, undefined);
  expect(renderProof(result, createColors(false))).toMatch(/^steady, scaled down, over TLS\n/);
  expect(result).toHaveProperty('tls', true);
});

it('says that somebody ended it', () => {
  const result = toResult(
    { line: 'soak', size: 'small' },
    { checks: [kept], runs: [], excuse: undefined },
    'SIGINT',
  );
  expect(result).toMatchObject({ verdict: 'ABORTED', line: 'soak', size: 'small' });
});
