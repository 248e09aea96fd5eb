import type { Experiment, LoadGenerator } from '../chaos/index.ts';
import type { ProofSize } from '../loadtests/proofs/index.ts';
import type { LocalTarget } from '../targets/local/index.ts';
import { type LoadShape, peakRate, type RunReport, totalMs } from '../verdict/index.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { conductOnOwnPlatform } from './own-platform.ts';
import { prepareLocalTarget, runningPlatform } from './platform.ts';
import { takeTurn } from './turn.ts';

/** What a proof is made on. */
export type ProofPlatform = {
  readonly target: LocalTarget;
  readonly size: ProofSize;
  readonly options: PlatformOptions;
  readonly context: CommandContext;
  /** Runs an experiment with a load generator, and leaves its report in the run's directory. */
  conduct(experiment: Experiment, generator: LoadGenerator): Promise<RunReport>;
};

/**
 * Few enough that Jaeger has them within two minutes at 10,000 orders/s, so that its memory is level when it is judged. As it is delivered it
 * keeps so many that it still fills after half an hour.
 */
const tracesOfProofs = 1_000;

/**
 * Gives `body` the platform as it is delivered but for a smaller store of traces, without proxies: the one of the state directory where it runs already, else one
 * that is brought up, and removed in the end unless it is to be kept.
 *
 * @throws TargetError `busy` where one with other settings runs, one with proxies for example
 */
export async function withProofPlatform<T>(
  options: PlatformOptions & {
    readonly keep?: boolean;
    /** Whether its brokers speak TLS; default no. */
    readonly tls?: boolean;
    readonly size: ProofSize;
  },
  context: CommandContext,
  body: (platform: ProofPlatform) => Promise<T>,
): Promise<T> {
  const running = await runningPlatform(options);
  const tracesMax = running?.tracesMax ?? tracesOfProofs;
  const target = await prepareLocalTarget({ ...options, chaos: false, tracesMax }, context);
  const generators = new Map<Experiment, LoadGenerator>();
  const generatorOf = (experiment: Experiment): LoadGenerator => {
    const generator = generators.get(experiment);
    if (generator === undefined) throw new Error(`nobody sends the load of ${experiment.name}`);
    return generator;
  };
  // The proof tells of its runs; each one's report is in its directory.
  const run = { target, generatorOf, options, context, display: () => {} };
  return takeTurn(options, () =>
    conductOnOwnPlatform(run, (conduct) =>
      body({
        ...{ target, size: options.size, options, context },
        conduct(experiment, generator) {
          generators.set(experiment, generator);
          return conduct(experiment);
        },
      }),
    ),
  );
}

/** A load of this shape, whole. */
export function loadOfShape(shape: LoadShape): Experiment['load'] {
  return { rate: peakRate(shape), durationSeconds: totalMs(shape) / 1_000, shape };
}
