/**
 * The continuous audit as a program that runs once and ends, for a CronJob: it is told by its environment (config.ts) whom
 * to ask, audits everything that they hold (round.ts), and sends what it found to the Collector (metrics.ts).
 *
 * Exit code 0: what could be checked holds; an order that was dead-lettered is told and breaks nothing. 10: an order is
 * wrong. 1: no audit this time. 2: a configuration that is not valid, with every problem.
 */
import { ConfigError } from '../../services/runtime/config.ts';
import {
  brokerLoginOf,
  createLog,
  type Log,
  parseConfig,
  startTelemetry,
} from '../../services/runtime/index.ts';
import { auditedAddresses } from './addresses.ts';
import { auditFields } from './config.ts';
import { type NewestAudit, observeAudits } from './metrics.ts';
import { auditOnce, describeAudit } from './round.ts';

const exitCodes = { whole: 0, failed: 1, misconfigured: 2, violated: 10 } as const;

async function run(environment: NodeJS.ProcessEnv, log: Log): Promise<number> {
  const config = parseConfig(environment, auditFields);
  const stopped = new AbortController();
  process.once('SIGTERM', () => stopped.abort());
  // Always the same instance: a run takes the place of the one before it.
  const telemetry = startTelemetry({ service: 'audit', instance: 'audit-0', endpoint: config.otlpEndpoint });
  let newest: NewestAudit = { ledger: undefined, finishedAtMs: undefined };
  observeAudits(telemetry, () => newest);
  try {
    const addresses = await auditedAddresses(config);
    const ledger = await auditOnce(
      { addresses: async () => addresses, brokerLogin: async () => brokerLoginOf(config) },
      stopped.signal,
    );
    newest = { ledger, finishedAtMs: Date.now() };
    const { checked, notChecked, findings } = ledger;
    const wrong = findings.filter(({ invariant }) => invariant !== 'dead-lettered');
    const level = wrong.length > 0 ? 'error' : 'info';
    log[level]({ checked, notChecked, findings, orderAdmin: addresses.orderAdmin }, describeAudit(ledger));
    return wrong.length > 0 ? exitCodes.violated : exitCodes.whole;
  } finally {
    await telemetry.shutdown();
  }
}

const log = createLog({ service: 'audit', instance: 'audit-0' });
try {
  process.exitCode = await run(process.env, log);
} catch (error) {
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, error.message);
  else log.fatal({ error }, 'no audit this time');
  process.exitCode = error instanceof ConfigError ? exitCodes.misconfigured : exitCodes.failed;
}
