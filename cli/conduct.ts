import { alertScaleOfExperiments, type Experiment, needsDisks, type Sabotage } from '../chaos/index.ts';
import { localReplicasOf, type ReplicaCounts } from '../topology/index.ts';
import { conductOnCluster } from './cluster-run.ts';
import type { CommandContext } from './command.ts';
import { type Conduct, type Display, type LoadOptions, prepareGenerators } from './experiment.ts';
import { UsageError } from './failure.ts';
import { conductOnOwnPlatform } from './own-platform.ts';
import { prepareLocalTarget, runningPlatform } from './platform.ts';
import { takeTurn } from './turn.ts';

/** What a command that runs experiments is asked for. */
export type ConductOptions = LoadOptions & {
  readonly keep?: boolean;
  /** Brokers fsync every two minutes, and not with each write. */
  readonly lazyFsync?: boolean;
  readonly proxiedEdges?: readonly string[];
  /** How many instances share the work of a service; default as a platform that runs has them, else one each. */
  readonly replicas?: ReplicaCounts;
  /** Whether the brokers speak TLS; default as those of a platform that runs, else not. */
  readonly tls?: boolean;
  /** Whether the order API asks for the key of a client; default as that of a platform that runs, else not. */
  readonly apiKeys?: boolean;
  /** A service with one wrong part. */
  readonly sabotage?: Sabotage | undefined;
};

/**
 * Chooses the platform that the options mean, brings it up where that is ours to do, and gives `body` what runs experiments
 * on it, one after the other, and the signal after which none may begin. Whoever else wants to break it waits until `body`
 * is done.
 *
 * @param experiments all that may be run, so that the platform has what they need
 * @param display how each report is shown; default the whole of it
 * @throws TargetError when the platform cannot have what an experiment needs; UsageError for options that contradict each
 *   other
 */
export async function withConduct<T>(
  experiments: readonly Experiment[],
  options: ConductOptions,
  context: CommandContext,
  body: (conduct: Conduct, signal: AbortSignal) => Promise<T>,
  display?: Display,
): Promise<T> {
  if (options.target === 'kubernetes') refuseOnCluster(options);
  const generatorOf = await prepareGenerators(experiments, options, context);
  const run = { generatorOf, options, context, display };
  if (options.target === 'kubernetes') return conductOnCluster(run, body);
  const { sabotage } = options;
  const running = await runningPlatform(options);
  const target = await prepareLocalTarget(
    {
      ...options,
      chaos: true,
      // Disks that can fail serve for experiments that leave them alone as well.
      disks: experiments.some(needsDisks) || running?.hasDisks === true,
      alertScale:
        running?.alertScale ??
        (experiments.some(({ alerts }) => alerts !== undefined) ? alertScaleOfExperiments : undefined),
      tls: options.tls ?? running?.hasTls,
      apiKeys: options.apiKeys ?? running?.hasApiKeys,
      replicas: options.replicas ?? (running === undefined ? undefined : localReplicasOf(running.topology)),
      syncInterval: options.lazyFsync === true ? '2m' : undefined,
      ...(sabotage === undefined ? {} : { overrides: { [sabotage.service]: sabotage.main } }),
    },
    context,
  );
  return takeTurn(options, () => conductOnOwnPlatform({ ...run, target }, body));
}

/** A cluster runs what was deployed there: these options would change nothing. */
function refuseOnCluster(options: ConductOptions): void {
  const { sabotage, proxiedEdges, lazyFsync, replicas, tls, apiKeys } = options;
  const refuse = (option: string, why: string) =>
    new UsageError(`${option}: ${why}; expected --target local`);
  if (sabotage !== undefined) throw refuse('--sabotage', 'a cluster runs what its images hold');
  if (proxiedEdges !== undefined)
    throw refuse('--proxied-edges', "a stack's configuration says it for a cluster");
  if (replicas !== undefined) throw refuse('--replicas', "a stack's configuration says it for a cluster");
  if (tls === true) throw refuse('--tls', "a stack's configuration says it for a cluster");
  if (apiKeys === true) throw refuse('--api-keys', "a stack's configuration says it for a cluster");
  if (lazyFsync === true) throw refuse('--lazy-fsync', "a stack's configuration says it for a cluster");
}
