import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyState } from '../fixtures/state.ts';
import { runsSection } from '../render/evidence.ts';
import { windows } from '../windows.ts';
import { flowOf } from './flow.ts';
import { axisOf, spansOf } from './history.ts';
import { createRunReader } from './runs.ts';

describe('the axis of time', () => {
  it.each(windows)(
    'of %i s has points enough, at multiples of their distance, up to now',
    (windowSeconds) => {
      const nowMs = 1_800_000_123_456;
      const { xs, stepSeconds } = axisOf(windowSeconds, nowMs);
      expect(xs.length).toBeGreaterThan(60);
      expect(xs.length).toBeLessThanOrEqual(181);
      expect(xs.every((x) => x % stepSeconds === 0)).toBe(true);
      expect(nowMs / 1_000 - (xs.at(-1) ?? 0)).toBeLessThan(stepSeconds);
      expect((xs.at(-1) ?? 0) - (xs[0] ?? 0)).toBeGreaterThanOrEqual(windowSeconds - stepSeconds);
    },
  );

  it('joins the steps in which a fault held into spans', () => {
    const labels = { fault: 'kill', subject: 'nats-1' };
    const spans = spansOf({ labels, ys: [null, 1, 1, null, 1] }, [10, 20, 30, 40, 50], 10);
    expect(spans).toEqual([
      { label: 'kill nats-1', fromSeconds: 10, toSeconds: 30 },
      { label: 'kill nats-1', fromSeconds: 40, toSeconds: 50 },
    ]);
  });
});

it('what nobody tells is absent, and not nothing', () => {
  const silent = Object.fromEntries(
    [
      ...['answers', 'replayed', 'stored', 'charged', 'settled', 'waiting', 'inHand', 'projections'],
      ...['breakers', 'faults', 'windows', 'excludedSeconds', 'violations', 'auditAge', 'telemetry'],
    ].map((name) => [name, []]),
  ) as unknown as Parameters<typeof flowOf>[0];
  const flow = flowOf(silent);
  expect(flow).not.toHaveProperty('stored');
  expect(flow).not.toHaveProperty('audit');
  expect(flow.consumers).toEqual([]);

  // An audit that hangs sends what the one before it found for ever; its age tells.
  const audited = (age: number) =>
    flowOf({
      ...silent,
      violations: [{ labels: { invariant: 'lost' }, value: 0 }],
      auditAge: [{ labels: {}, value: age }],
    });
  expect(audited(7_199).audit).toEqual({ violations: new Map([['lost', 0]]), ageSeconds: 7_199 });
  expect(audited(7_201)).not.toHaveProperty('audit');
});

describe('the runs of a directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stormproof-page-runs-'));
  afterAll(() => rm(folder, { recursive: true }));

  const leave = async (name: string, text: string, atSeconds: number) => {
    await mkdir(join(folder, name));
    const file = join(folder, name, 'report.json');
    await writeFile(file, text);
    await utimes(file, atSeconds, atSeconds);
  };
  const report = (runId: string) =>
    JSON.stringify({
      ...{ schemaVersion: 1, runId, kind: 'storm', target: 'local', startedAtMs: 1, endedAtMs: 2, seed: 7 },
      decision: { verdict: 'FAIL', reasons: [{ verdict: 'FAIL', text: 'one order is lost' }] },
    });

  it('are the newest with a report that can be read, the newest first', async () => {
    await leave('older', report('older'), 1_000);
    await leave('newer', report('newer'), 2_000);
    await leave('half-written', '{"schemaVersion":1,', 3_000);
    await leave('other', '{"schemaVersion":2}', 4_000);
    await mkdir(join(folder, 'goes-on'));
    const runs = await createRunReader(folder).read();
    expect(runs.map(({ runId }) => runId)).toEqual(['newer', 'older']);
    expect(runs[0]).toEqual({
      ...{ runId: 'newer', kind: 'storm', target: 'local', startedAtMs: 1, endedAtMs: 2 },
      ...{ verdict: 'FAIL', reasons: ['one order is lost'] },
    });
  });

  it('may have been written by anybody: times that no calendar knows are shown as none', async () => {
    const odd = { ...JSON.parse(report('odd')), startedAtMs: 1e300, endedAtMs: -8.7e15 };
    await leave('odd', JSON.stringify(odd), 5_000);
    const [run] = await createRunReader(folder).read();
    expect(run?.runId).toBe('odd');
    const runs = { found: { value: run === undefined ? [] : [run], atMs: 0 } };
    const { text } = runsSection({ ...emptyState(0), runs, sources: { prometheus: '', runsDir: folder } });
    expect(text).toContain('storm <span class="soft">–, took 0 s');
    await rm(join(folder, 'odd'), { recursive: true });
  });

  it('are none where there is no directory yet, and a failure where it cannot be read', async () => {
    await expect(createRunReader(join(folder, 'missing')).read()).resolves.toEqual([]);
    await expect(createRunReader(join(folder, 'newer', 'report.json')).read()).rejects.toThrow(
      'cannot be read',
    );
  });
});
