import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { exampleResults } from '../fixtures/results.ts';
import { type BenchResults, type PacedFigures, parseResults, type TurnResult } from '../results.ts';
import { renderScaling } from './scaling.ts';
import { costsIn } from './scaling-costs.ts';

const golden = join(import.meta.dirname, '../golden/scaling-out.md');
const docs = join(import.meta.dirname, '../../../docs');

/** The first two turns of the baseline, with a second instance of order that makes an order cost so much more. */
function withTwoReplicas(furtherUs: number): BenchResults {
  const turns = exampleResults.turns.flatMap((turn): readonly TurnResult[] => {
    if (turn.arm !== 'baseline' || turn.outcome !== 'measured' || turn.atTarget === undefined) return [turn];
    const atTarget: PacedFigures = {
      ...turn.atTarget,
      cpuUsPerOrder: { ...turn.atTarget.cpuUsPerOrder, 'order-1': furtherUs },
    };
    return [turn, { ...turn, arm: 'two-replicas', atTarget }];
  });
  return { ...exampleResults, turns };
}

describe('the page of scaling out', () => {
  it('is what it was (vitest -u rewrites it)', async () => {
    await expect(renderScaling(withTwoReplicas(4))).toMatchFileSnapshot(golden);
  });

  test('in docs is what the figures beside it render to, or has no figures (vitest -u rewrites it)', async () => {
    const figures = join(docs, 'performance.json');
    const results = existsSync(figures) ? parseResults(await readFile(figures, 'utf8')) : undefined;
    await expect(renderScaling(results)).toMatchFileSnapshot(join(docs, 'scaling-out.md'));
  });

  it('says plainly what nobody has measured', () => {
    expect(renderScaling(undefined)).toContain('**Nothing of this has been measured yet**');
    expect(renderScaling(undefined)).not.toMatch(/\d µs/);
    expect(renderScaling(exampleResults)).toMatch(/every order of all \| not measured/);
  });
});

describe('the costs of a run', () => {
  it('are medians of its rounds at the rate that it is to carry', () => {
    expect(costsIn(withTwoReplicas(4))).toEqual({
      ...{ rate: 10_000, orderUs: 60.5, paymentUs: 12, pspUs: 21, brokersUs: 30, telemetryUs: 4 },
      ...{ generatorUs: 18.5, projectionUs: 4, ordersPerMessage: 41.5, streamBytesPerCopy: 510 },
      ...{ streamReplicas: 3, fsyncMs: 0.61, streamOrdersPerSecond: 40_000 },
    });
  });

  it('have no projection where a second instance seems to cost nothing', () => {
    expect(costsIn(withTwoReplicas(-1))?.projectionUs).toBeUndefined();
  });

  it('are none where the platform was not measured at that rate', () => {
    const turns = exampleResults.turns.map((turn): TurnResult => {
      if (turn.outcome !== 'measured') return turn;
      const { atTarget: _, ...others } = turn;
      return others;
    });
    const results = { ...exampleResults, turns };
    expect(costsIn(results)).toBeUndefined();
    expect(renderScaling(results)).toContain('**Nothing of this has been measured yet**');
  });
});
