import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureTools } from '../../../tools/index.ts';
import { acceptanceAvailability } from '../acceptance-availability.ts';
import { series } from '../rules/series.ts';
import { settlement } from '../settlement.ts';
import { PrometheusError, queryInstant } from './prometheus.ts';
import { readSloStatus } from './read.ts';

const tools = await ensureTools(['prometheus', 'promtool'], { env: process.env });
const folder = await mkdtemp(join(tmpdir(), 'stormproof-slo-status-'));
const prometheus = `http://127.0.0.1:${await freePort()}`;
/** Ends Prometheus and resolves when it has ended. */
let stop: () => Promise<unknown> = async () => {};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Steps of a minute, the last hour's: a hundred events each; five of them bad in the last ten minutes, in chaos. */
function recordedSteps(): string {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const lines = (name: string, chaos: string, at: (minutesAgo: number) => number) =>
    Array.from({ length: 60 }, (_, index) => {
      const minutesAgo = 59 - index;
      const labels = `{slo="${acceptanceAvailability.name}",chaos="${chaos}"}`;
      return `${name}${labels} ${at(minutesAgo)} ${nowSeconds - 30 - minutesAgo * 60}`;
    });
  const inChaos = (minutesAgo: number) => minutesAgo < 10;
  return [
    `# TYPE ${series.badEvents} gauge`,
    ...lines(series.badEvents, 'counted', (ago) => (inChaos(ago) ? 5 : 0)),
    ...lines(series.badEvents, 'excluded', () => 0),
    `# TYPE ${series.validEvents} gauge`,
    ...lines(series.validEvents, 'counted', () => 100),
    ...lines(series.validEvents, 'excluded', (ago) => (inChaos(ago) ? 0 : 100)),
    '# EOF\n',
  ].join('\n');
}

beforeAll(async () => {
  const steps = join(folder, 'steps.om');
  const data = join(folder, 'data');
  const config = join(folder, 'prometheus.yml');
  await writeFile(steps, recordedSteps());
  await writeFile(config, '{}');
  await promisify(execFile)(tools.promtool, ['tsdb', 'create-blocks-from', 'openmetrics', steps, data]);
  const child = spawn(
    tools.prometheus,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${new URL(prometheus).host}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  stop = () => {
    child.kill('SIGKILL');
    return ended;
  };
  const isReady = () =>
    fetch(`${prometheus}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(isReady, { timeout: 30_000, interval: 100 });
});

afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

describe('the status that Prometheus gives', () => {
  const slos = [acceptanceAvailability, settlement];

  it('counts the events of the window and of the budget', async () => {
    const [availability] = await readSloStatus({ prometheus, slos, windowSeconds: 600 });
    expect(availability).toMatchObject({ verdict: 'broken', events: 1_000, badEvents: 50, budgetLeft: 1 });
    expect(availability?.burnRate).toBeCloseTo(50, 6);
    // Fifty of six thousand are bad; six may be.
    expect(availability?.budgetLeftWithChaos).toBeCloseTo(1 - 50 / 6, 6);
  });

  it('tells how much of the window was measured', async () => {
    const [whole] = await readSloStatus({ prometheus, slos, windowSeconds: 600 });
    expect(whole?.measured).toEqual({ share: 1, isCurrent: true, sinceSeconds: 600, shareSince: 1 });
    // An hour of six.
    const [part, nothing] = await readSloStatus({ prometheus, slos, windowSeconds: 21_600 });
    expect(part?.verdict).toBe('broken');
    expect(part?.measured.share).toBeGreaterThan(0.12);
    expect(part?.measured.share).toBeLessThan(0.22);
    expect(nothing?.measured).toMatchObject({ share: 0, isCurrent: false });
    // It began an hour ago, and went on without a gap.
    expect(part?.measured.sinceSeconds).toBeGreaterThan(3_400);
    expect(part?.measured.sinceSeconds).toBeLessThan(3_900);
    expect(part?.measured.shareSince).toBeGreaterThan(0.95);
  });

  it('says of an SLO that nothing was recorded of that there is no data', async () => {
    const [, other] = await readSloStatus({ prometheus, slos, windowSeconds: 600 });
    expect(other).toMatchObject({ name: 'settlement', verdict: 'no-data' });
  });

  it('tells a query that is refused from a Prometheus that does not answer', async () => {
    await expect(queryInstant(prometheus, 'sum(')).rejects.toMatchObject({ code: 'refused' });
    await stop();
    const asked = readSloStatus({ prometheus, slos, windowSeconds: 600 });
    await expect(asked).rejects.toThrow(PrometheusError);
    await expect(asked).rejects.toThrow(/does not answer: .*ECONNREFUSED/);
  });
});
