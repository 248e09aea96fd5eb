import { join } from 'node:path';
import type { LoadGenerator, LoadRun } from '../chaos/index.ts';
import { conductFleet, type Member, spawnAgents } from '../loadtests/index.ts';
import { workloadClientId } from '../verdict/workload.ts';
import type { CommandContext, TargetOptions } from './command.ts';
import { toLoadProgress } from './generators.ts';

/** Agents that wait for a run, and where they reach the order service. */
type Fleet = {
  readonly members: readonly Member[];
  readonly urls: readonly string[];
  /** Ends them. */
  close(): Promise<void>;
};

/**
 * Several recorders that share the orders of a run and leave one history.
 *
 * @param open makes them ready; `outDir` is where their histories go
 */
function sharedGenerator(open: (run: LoadRun, outDir: string) => Promise<Fleet>): LoadGenerator {
  return {
    client: 'recorder',
    async send(run) {
      const { plan, runId, seed, signal, onProgress, clientKey } = run;
      const { rate, durationSeconds, shape, retry } = plan;
      const outDir = join(run.directory, 'load');
      const { members, urls, close } = await open(run, outDir);
      try {
        const { history, problems } = await conductFleet({
          ...{ members, urls, outDir, runId, seed, signal, rate, durationSeconds },
          clientId: workloadClientId,
          ...(clientKey === undefined ? {} : { clientKey }),
          ...(shape === undefined ? {} : { shape }),
          ...(retry === undefined ? {} : { retry }),
          onProgress: (progress) => onProgress(toLoadProgress(progress, durationSeconds)),
        });
        return problems.length === 0 ? { history } : { history, problem: problems.join('; ') };
      } finally {
        await close();
      }
    },
  };
}

/** As processes of this machine. */
export function localRecorders(count: number): LoadGenerator {
  return sharedGenerator(async ({ urls }, outDir) => {
    const members = await spawnAgents(count, outDir);
    return {
      ...{ members, urls },
      async close() {
        await Promise.all(members.map((member) => member.close()));
      },
    };
  });
}

/** As pods of the cluster, made for the run and deleted after it: orders come to the order service from there. */
export function podRecorders(
  count: number,
  { kubeconfig, context, namespace }: TargetOptions,
  { terminal, environment }: Pick<CommandContext, 'terminal' | 'environment'>,
): LoadGenerator {
  return sharedGenerator(async ({ runId, plan, signal }) => {
    // The client of Kubernetes takes half a second to load, which other commands need not wait for.
    const { startLoadPods } = await import('../targets/kubernetes/index.ts');
    const { agents, orderUrls, close } = await startLoadPods({
      kubeconfig: kubeconfig === undefined ? undefined : [kubeconfig],
      ...{ context, namespace, environment, runId, count, signal },
      loadSeconds: plan.durationSeconds,
      onStatus: terminal.status,
    });
    return { members: agents.map((url) => ({ url })), urls: orderUrls, close };
  });
}
