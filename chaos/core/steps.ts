import { delay } from '../../services/runtime/index.ts';
import { reasonOf } from './attempt.ts';
import { type Bounds, type Step, stepMs } from './experiment.ts';
import type { FaultRecord, Nemesis } from './nemesis.ts';
import type { PhaseLog } from './phases.ts';

/** A step that was begun, with the faults that it injected. */
export type StepRecord = { readonly step: string; readonly records: readonly FaultRecord[] };

/** What became of the steps. */
export type StepOutcome = {
  readonly steps: readonly StepRecord[];
  readonly failures: readonly StepFailure[];
};

/** Why a step did not go as planned: the run goes on, and proves less. */
export type StepFailure = { readonly step: string; readonly reason: string };

/**
 * Goes through the steps of an experiment while the load runs. A step that cannot be injected is healed and reported;
 * the ones after it still run. Ends early, healed, when the signal aborts.
 *
 * @param options.loadStartedAtMs the time that steps count from, milliseconds since the Unix epoch
 */
export async function runSteps(options: {
  readonly steps: readonly Step[];
  readonly loadStartedAtMs: number;
  readonly loadMs: number;
  readonly nemesis: Nemesis;
  readonly phases: PhaseLog;
  readonly bounds: Bounds;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}): Promise<StepOutcome> {
  const { nemesis, phases, signal, nowMs } = options;
  const failures: StepFailure[] = [];
  const steps: StepRecord[] = [];
  const waitUntil = (atMs: number) => delay(Math.max(0, atMs - nowMs()), signal);
  for (const step of options.steps) {
    await waitUntil(options.loadStartedAtMs + step.at * options.loadMs);
    if (signal.aborted) break;
    const name = stepName(step);
    await phases.begin(name);
    const records: FaultRecord[] = [];
    steps.push({ step: name, records });
    const beganAtMs = nowMs();
    try {
      for (const [index, request] of step.faults.entries()) {
        await waitUntil(beganAtMs + index * (step.apartMs ?? 0));
        if (signal.aborted) break;
        records.push(await nemesis.inject(request, stepMs(step)));
      }
      await nemesis.prove();
      await waitUntil(beganAtMs + stepMs(step));
    } catch (error) {
      failures.push({ step: name, reason: reasonOf(error) });
    }
    try {
      await nemesis.healAll(signal.aborted ? 'the run was interrupted' : 'the hold is over');
    } catch (error) {
      failures.push({ step: name, reason: reasonOf(error) });
    }
    if (signal.aborted) break;
    await phases.begin(`recovery from ${name}`);
    await nemesis.verify(options.bounds.recoveryMs, signal);
    const left = nemesis.records().flatMap(({ residue }) => residue ?? []);
    phases.remark(left.length === 0 ? 'healed and ready again' : left.join('; '));
    await phases.begin(`after ${name}`);
  }
  return { steps, failures };
}

/** `kill + kill` */
function stepName(step: Step): string {
  return step.faults.map(({ fault }) => fault).join(' + ');
}
