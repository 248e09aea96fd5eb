import { type Target, TargetError } from '../../targets/target.ts';
import { alertsTooSlow } from './alerts.ts';
import type { Experiment } from './experiment.ts';
import { completeRequest, FaultError, type FaultKind } from './fault.ts';

/** What stays as it is however long one waits. */
const permanent: readonly TargetError['code'][] = ['unsupported', 'unknown-instance', 'unknown-service'];

/**
 * Asks, before anything is done, whether a target can do all that an experiment asks for: every fault chooses its victim as
 * it will when its time comes. What only fails now (nobody leads a stream yet) is for the run to find out.
 *
 * @throws TargetError `unsupported` that lists every fault the target cannot bring about, and every alert that comes too late
 *   there, and why
 */
export async function refuseImpossible(
  experiment: Pick<Experiment, 'name' | 'steps' | 'alerts'>,
  target: Target,
  kinds: Readonly<Record<string, FaultKind<never>>>,
): Promise<void> {
  const { name, steps } = experiment;
  const requests = new Map(
    steps.flatMap(({ faults }) => faults).map((request) => [JSON.stringify(request), request]),
  );
  const refusals = await Promise.all(
    [...requests.values()].map(async ({ fault, request }) => {
      const kind = kinds[fault];
      if (kind === undefined) return [`${fault}: there is no such fault`];
      try {
        await kind.resolve(target, completeRequest(kind, request as never));
        return [];
      } catch (error) {
        return isPermanent(error) ? [`${fault}: ${error.message}`] : [];
      }
    }),
  );
  const reasons = [...new Set([...refusals.flat(), ...(await alertsTooSlow(target, experiment))])];
  if (reasons.length === 0) return;
  throw new TargetError(
    'unsupported',
    [`${name} cannot run on the ${target.name} target:`, ...reasons.map((reason) => `  ${reason}`)].join(
      '\n',
    ),
  );
}

function isPermanent(error: unknown): error is Error {
  if (error instanceof TargetError) return permanent.includes(error.code);
  return error instanceof FaultError;
}
