import { hostname, userInfo } from 'node:os';
import type { Experiment, LoadGenerator } from '../chaos/index.ts';
import { type Target, TargetError } from '../targets/target.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { type Conduct, conductExperiment, type Display } from './experiment.ts';
import { attachKubernetes } from './kubernetes.ts';
import { healLeftovers } from './platform.ts';
import { takeTurn } from './turn.ts';

/**
 * Gives `body` what runs experiments on a platform in a cluster, which runs already and goes on running: `pulumi` brings
 * it up and takes it down. Nobody else may break it meanwhile, from whichever machine: `body` is given a
 * signal that is also aborted when the turn is lost.
 *
 * @throws TargetError `forbidden` where orders are real, `busy` when another has the turn
 */
export async function conductOnCluster<T>(
  run: {
    readonly generatorOf: (experiment: Experiment) => LoadGenerator;
    readonly options: PlatformOptions & { readonly seed?: number; readonly generators?: number };
    readonly context: CommandContext;
    readonly display?: Display | undefined;
  },
  body: (conduct: Conduct, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { options, context } = run;
  const { terminal, signal } = context;
  const target = await attachKubernetes(options, signal);
  try {
    refuseRealOrders(target);
    terminal.say(`using ${target.description}`);
    return await takeTurn(options, () =>
      target.withTurn(holder(), async (lost) => {
        await healLeftovers(target, options, terminal);
        const held = { ...context, signal: AbortSignal.any([signal, lost]) };
        return body(
          (experiment) => conductExperiment({ ...run, experiment, target, context: held }),
          held.signal,
        );
      }),
    );
  } finally {
    await target.close();
  }
}

/**
 * Load and faults are for platforms whose orders are nobody's and whose provider charges nobody.
 * @throws TargetError `forbidden` for others
 */
export function refuseRealOrders({ isForTests, description, topology }: Target): void {
  const refuse = (why: string) =>
    new TargetError('forbidden', `${description} gets no load and no faults: ${why}`);
  if (!isForTests) throw refuse('its orders are real (its stack does not say `environment: test`)');
  if (!topology.services.some(({ isSimulated }) => isSimulated)) {
    throw refuse('its payment provider is not the simulated one (psp)');
  }
}

/** Names this run to whoever finds the turn taken. */
export function holder(): string {
  return `${userInfo().username}@${hostname()} (process ${process.pid})`;
}
