import { expect, it } from 'vitest';
import { acceptanceLatency } from '../slo/acceptance-latency.ts';
import { settlement } from '../slo/settlement.ts';
import { promisedMs } from './spans.ts';

it('takes for slow what the SLOs take for slow', () => {
  expect(acceptanceLatency.sli).toMatchObject({ thresholdSeconds: promisedMs.acceptance / 1_000 });
  expect(settlement.sli).toMatchObject({ thresholdSeconds: promisedMs.settlement / 1_000 });
});
