import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLocalTarget, toolsNeeded } from '../../../targets/local/index.ts';
import { ensureTools } from '../../../tools/index.ts';
import type { Topology } from '../../../topology/model.ts';
import type { EffectsReport } from '../../../verdict/effects/index.ts';
import { runTickets } from './tickets.ts';
import { ticketsTopology } from './topology.ts';

async function run(
  settings: Readonly<Record<string, string>>,
  topology: Topology = ticketsTopology,
): Promise<EffectsReport> {
  const tools = await ensureTools(toolsNeeded({ topology, chaos: true }), { env: process.env });
  const runDir = await mkdtemp(join(tmpdir(), 'tickets-'));
  const target = createLocalTarget({ topology, runDir, tools, chaos: true, settings: { tickets: settings } });
  try {
    await target.up();
    return await runTickets(target, 100);
  } finally {
    await target.down({ deleteData: true });
    await rm(runDir, { recursive: true, force: true });
  }
}

test('a service of somebody else’s is run, killed, slowed down and judged by its own ledger', async () => {
  const report = await run({});
  expect(report).toMatchObject({ verdict: 'PASS', findings: [], gaps: [] });
  expect(report.counts).toEqual({ attempted: 100, accepted: 100, stored: 100, effects: 100 });
});

test('and one that does everything twice is found out', async () => {
  // What runs it is said by its row here, as it is for a service in another language.
  const interpreter = [process.execPath, '--no-warnings'];
  const services = ticketsTopology.services.map((service) => ({ ...service, interpreter }));
  const topology = { ...ticketsTopology, services };
  const { verdict, findings } = await run({ TICKETS_PRINT_TWICE: 'yes' }, topology);
  expect([verdict, findings.map(({ rule }) => rule)]).toEqual(['FAIL', ['repeated']]);
});
