import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  brokerLoginVariables,
  instancesOfService,
  localHost,
  type Ports,
  portOf,
  provisionUser,
} from '../../topology/derive/index.ts';
import { TargetError } from '../target.ts';
import { markOf } from './launch.ts';
import type { Layout } from './layout.ts';
import { readLogTail } from './log-tail.ts';
import type { LocalPlan } from './options.ts';
import { inspect, killProcess, spawnDetached } from './process.ts';

const program = 'services/provision/main.ts';
const pollMs = 20;

/**
 * Runs the provisioning program once: streams and consumers are as the topology says when it resolves.
 *
 * @throws TargetError `not-ready` with the end of its log; `busy` when it does not end
 */
export async function provision(options: {
  readonly plan: LocalPlan;
  readonly ports: Ports;
  readonly layout: Layout;
  readonly root: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { plan, ports, layout, root, deadlineMs, signal } = options;
  const topologyFile = layout.config('topology.json');
  await writeFile(topologyFile, JSON.stringify(plan.topology, undefined, 2));
  const urls = instancesOfService(plan.topology, 'nats', 'local').map(
    (broker) => `nats://${localHost}:${portOf(ports, broker.name, 'client')}`,
  );
  const logFile = layout.log('provision');
  const { ref, ending } = await spawnDetached({
    argv: [plan.node, resolve(root, program)],
    env: {
      STORMPROOF_NATS_URL: urls.join(','),
      ...brokerLoginVariables(
        provisionUser,
        layout.keys.seed(provisionUser),
        plan.tls ? layout.keys.tls(provisionUser) : undefined,
      ),
      STORMPROOF_TOPOLOGY_FILE: topologyFile,
      STORMPROOF_PROVISION_DEADLINE_MS: String(deadlineMs),
    },
    cwd: root,
    logFile,
    mark: markOf(layout, 'provision'),
  });
  try {
    // It keeps its own deadline; this one is for the case that it does not.
    const deadline = performance.now() + deadlineMs + 10_000;
    while (ending() === undefined) {
      if (performance.now() >= deadline) throw new TargetError('busy', 'provisioning does not end');
      await delay(pollMs, undefined, { signal });
    }
  } finally {
    if (inspect(ref) !== undefined) await killProcess(ref);
  }
  if (ending() !== 'exit code 0') {
    const tail = await readLogTail(logFile);
    throw new TargetError(
      'not-ready',
      `provisioning ended with ${ending()}\nThe end of ${logFile}:\n${tail}`,
    );
  }
}
