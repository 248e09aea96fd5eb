/**
 * Makes the brokers hold what the topology says, once: streams, consumers and their limits. Run after the brokers are
 * up and before the services; run again at any time. Ends 0 when everything is as wanted, 1 when it is not.
 */
import { readFile } from 'node:fs/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Topology } from '../../topology/model.ts';
import { platform } from '../../topology/platform.ts';
import { brokerFields } from '../runtime/broker-login.ts';
import { ConfigError, field, parseConfig } from '../runtime/config.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { connectNats } from '../runtime/nats.ts';
import { createReadiness } from '../runtime/readiness.ts';
import { reconcile } from './reconcile.ts';

async function provision(environment: NodeJS.ProcessEnv, log: Log): Promise<boolean> {
  const config = parseConfig(environment, {
    ...brokerFields,
    topologyFile: field.optionalText('STORMPROOF_TOPOLOGY_FILE'),
    deadlineMs: field.integer('STORMPROOF_PROVISION_DEADLINE_MS', {
      min: 1_000,
      max: 600_000,
      unit: 'ms',
      fallback: 60_000,
    }),
  });
  const topology: Topology =
    config.topologyFile === undefined ? platform : JSON.parse(await readFile(config.topologyFile, 'utf8'));
  setTimeout(() => {
    log.fatal('the brokers could not be reached in time');
    process.exit(1);
  }, config.deadlineMs + 5_000).unref();

  const connection = await connectNats({
    brokers: config,
    name: 'provision',
    log,
    readiness: createReadiness(['nats']),
  });
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 });
  const done = await reconcile(manager, topology, {
    deadlineMs: config.deadlineMs,
    onWait: (reason) => log.debug({ reason }, 'waiting for the brokers'),
  });
  for (const { what, did, drift } of done) {
    const level = did === 'refused' ? 'error' : did === 'unexpected' ? 'warn' : 'info';
    log[level]({ what, did, drift }, `${what} ${did}`);
  }
  await connection.close();
  return done.every(({ did }) => did !== 'refused');
}

const log = createLog({ service: 'provision', instance: 'provision-0' });
try {
  process.exitCode = (await provision(process.env, log)) ? 0 : 1;
} catch (error) {
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, error.message);
  else log.fatal({ error }, 'the brokers could not be provisioned');
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
