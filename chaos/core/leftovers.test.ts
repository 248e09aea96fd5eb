import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Target, TargetRef } from '../../targets/target.ts';
import { openJournal } from '../../verdict/index.ts';
import type { FaultKind } from './fault.ts';
import { healOpenFaults, journalFile } from './leftovers.ts';

const local: TargetRef = { kind: 'local', runDir: '/somewhere' };
const cluster = (deployment: string): TargetRef => ({
  ...{ kind: 'kubernetes', kubeconfig: [], context: 'c', namespace: 'n', deployment },
});

let runsDir: string;

beforeEach(async () => {
  runsDir = await mkdtemp(join(tmpdir(), 'leftovers-'));
});
afterEach(() => rm(runsDir, { recursive: true }));

/** Leaves the journal of a run that died while its fault held. */
async function leave(runId: string, target?: TargetRef): Promise<void> {
  await mkdir(join(runsDir, runId));
  const journal = await openJournal(join(runsDir, runId, journalFile), {
    nowMs: () => 0,
    monotonicMs: () => 0,
  });
  const facts = target === undefined ? {} : { target };
  await journal.append({ type: 'run-started', runId, facts });
  await journal.append({
    type: 'inject-intended',
    injection: '1',
    fault: 'stall',
    target: runId,
    healing: {},
  });
  await journal.close();
}

async function heal(ref: TargetRef): Promise<readonly string[]> {
  const stall: Partial<FaultKind<never>> = { heal: async () => {} };
  const kinds = { stall: stall as FaultKind<never> };
  return (await healOpenFaults({ target: { ref } as Target, kinds, runsDir })).healed.toSorted();
}

test('what a run left is healed on the target that it ran on, once', async () => {
  await leave('old');
  await leave('here', local);
  await leave('there', cluster('first'));
  await leave('elsewhere', cluster('second'));
  expect(await heal(local)).toEqual(['here', 'old']);
  expect(await heal(cluster('first'))).toEqual(['there']);
  expect(await heal(cluster('first'))).toEqual([]);
});
