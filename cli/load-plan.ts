import type { Experiment } from '../chaos/index.ts';
import { scaleShape, shapeNamed, shapes } from '../loadtests/index.ts';
import { peakRate, totalMs } from '../verdict/index.ts';
import { UsageError } from './failure.ts';

/** How much is sent, by whom and in what way, as a command line says it. */
export type LoadChoice = {
  readonly rate?: number | undefined;
  readonly for?: number | undefined;
  /** How many times longer the phases of a shape take. */
  readonly scale?: number | undefined;
  readonly ordersPerRequest?: number | undefined;
  readonly client?: 'recorder' | 'k6' | undefined;
};

type LoadPlan = Experiment['load'];

/** A load as another one, but for its highest rate and the time that it takes; a shape keeps its form. */
export function resizeLoad(load: LoadPlan, choice: Pick<LoadChoice, 'rate' | 'for'>): LoadPlan {
  const { rate = load.rate, for: durationSeconds = load.durationSeconds } = choice;
  const { shape, retry } = load;
  if (shape === undefined) return { ...load, rate, durationSeconds };
  const named = { ...shape, title: '', ...(retry === undefined ? {} : { retry }) };
  return { ...load, ...shapedLoad(named, { rate, seconds: durationSeconds }) };
}

function shapedLoad(...scaling: Parameters<typeof scaleShape>): LoadPlan {
  const { title: _title, retry, ...shape } = scaleShape(...scaling);
  return {
    ...{ rate: peakRate(shape), durationSeconds: totalMs(shape) / 1_000, shape },
    ...(retry === undefined ? {} : { retry }),
  };
}

/**
 * The load that was asked for.
 *
 * @param name of a shape; undefined for one rate all the time
 * @param defaults of that rate
 * @throws UsageError when there is no such shape, or the options contradict each other
 */
export function planLoad(
  name: string | undefined,
  choice: LoadChoice,
  defaults: Pick<LoadPlan, 'rate' | 'durationSeconds'>,
): LoadPlan {
  const { ordersPerRequest = 1, client } = choice;
  if (ordersPerRequest > 1 && client !== 'k6') {
    throw new UsageError(
      '--orders-per-request: the recorder sends one order in a request; expected --client k6',
    );
  }
  // What repeats the run must send in the same way.
  const sending = {
    ...(client === undefined ? {} : { client }),
    ...(ordersPerRequest === 1 ? {} : { ordersPerRequest }),
  };
  if (name === undefined) {
    if (choice.scale !== undefined) {
      throw new UsageError(
        '--scale: only a shape has phases to scale; expected --for, or a shape (`load list`)',
      );
    }
    const { rate = defaults.rate, for: durationSeconds = defaults.durationSeconds } = choice;
    return { rate, durationSeconds, ...sending };
  }
  const named = shapeNamed(name);
  if (named === undefined) {
    const known = shapes.map((shape) => shape.name).join(', ');
    throw new UsageError(`there is no shape ${JSON.stringify(name)}; known: ${known}`);
  }
  if (choice.for !== undefined && choice.scale !== undefined) {
    throw new UsageError('--for and --scale both say how long it takes; expected one of them');
  }
  const scale = { rate: choice.rate, time: choice.scale, seconds: choice.for };
  return { ...shapedLoad(named, scale), ...sending };
}
