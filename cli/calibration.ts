import type { Experiment } from '../chaos/index.ts';
import { type Calibration, calibrateK6, findDeliverable, k6MemoryProblem } from '../loadtests/index.ts';
import { acceptanceObjectives } from '../verdict/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './failure.ts';

/** Up to so many requests a second k6 costs too little to matter. */
const requestRateMin = 500;

/**
 * Measures k6's own cost against a server that does nothing, for the load that asks most of it, before anything is done.
 *
 * @param loads of the runs that k6 is to send
 * @returns undefined when none is so high that it would matter
 * @throws UsageError when k6 cannot deliver it on this machine, with what it can deliver
 */
export async function calibrate(
  loads: readonly Experiment['load'][],
  k6Path: string,
  { terminal, signal }: Pick<CommandContext, 'terminal' | 'signal'>,
): Promise<Calibration | undefined> {
  const highest = loads.reduce<Experiment['load'] | undefined>(
    (most, load) => (most === undefined || requestRate(load) > requestRate(most) ? load : most),
    undefined,
  );
  if (highest === undefined || requestRate(highest) <= requestRateMin) return undefined;
  const { rate, ordersPerRequest = 1 } = highest;
  terminal.status('calibrating k6 against a server that does nothing');
  const choice = { k6Path, signal, rate, ordersPerRequest, lateMsMax: acceptanceObjectives.withinMs };
  const calibration = await calibrateK6(choice);
  if (!calibration.isDelivered) {
    throw new UsageError(
      refusal(rate, ordersPerRequest, calibration, await findDeliverable(choice, calibration)),
    );
  }
  const { cpuUsPerRequest, lateMsP99 } = calibration;
  if (cpuUsPerRequest !== undefined) {
    const cores = (cpuUsPerRequest * requestRate(highest)) / 1e6;
    terminal.say(
      `k6 alone: ${cpuUsPerRequest.toFixed(0)} µs a request, ${cores.toFixed(2)} cores at its peak, p99 ${lateMsP99} ms late`,
    );
  }
  return calibration;
}

/**
 * @param loads of the runs that k6 is to send
 * @param availableBytes of memory, for programs that start now
 * @throws UsageError when k6 would take too much of it for one of them
 */
export function refuseMemoryHunger(loads: readonly Experiment['load'][], availableBytes: number): void {
  for (const load of loads) {
    const problem = k6MemoryProblem(load, availableBytes);
    if (problem !== undefined) throw new UsageError(problem);
  }
}

function requestRate({ rate, ordersPerRequest = 1 }: Experiment['load']): number {
  return rate / ordersPerRequest;
}

/** What is wrong, what can be had, and what to do. Pure. */
export function refusal(
  rate: number,
  ordersPerRequest: number,
  { dropped, lateMsP99, requestRate: asked }: Pick<Calibration, 'dropped' | 'lateMsP99' | 'requestRate'>,
  deliverable: number | undefined,
): string {
  const saw = dropped > 0 ? `it dropped ${dropped}` : `it was up to ${lateMsP99} ms late (p99)`;
  const requests = ordersPerRequest === 1 ? '' : ` in ${Math.ceil(asked)} requests/s`;
  // What one request costs hardly depends on what is in it.
  const enough = deliverable === undefined ? 101 : Math.ceil((rate / deliverable) * ordersPerRequest * 1.1);
  return [
    `k6 cannot deliver ${rate} orders/s${requests} on this machine: against a server that does nothing ${saw}.`,
    deliverable === undefined
      ? 'It delivered nothing that was tried: the machine is busy.'
      : `It delivers ${deliverable} orders/s with --orders-per-request ${ordersPerRequest}.`,
    `Expected a lower --rate, ${enough > 100 ? '' : `--orders-per-request ${enough}, `}--client recorder, or --no-calibration to try all the same.`,
  ].join('\n');
}
