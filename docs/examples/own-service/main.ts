/** `node docs/examples/own-service/main.ts`: a service of somebody else's, attacked and judged. Ends 0 for PASS, else 10 or 11. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalTarget, toolsNeeded } from '../../../targets/local/index.ts';
import { ensureTools } from '../../../tools/index.ts';
import { exitCodes } from '../../../verdict/index.ts';
import { runTickets } from './tickets.ts';
import { ticketsTopology as topology } from './topology.ts';

const tools = await ensureTools(toolsNeeded({ topology, chaos: true }), { env: process.env });
const runDir = await mkdtemp(join(tmpdir(), 'tickets-'));
const target = createLocalTarget({ topology, runDir, tools, chaos: true });
try {
  await target.up();
  const report = await runTickets(target, 300);
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = exitCodes[report.verdict];
} finally {
  await target.down({ deleteData: true });
}
