import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import { workloadBody, workloadClientId, workloadOrder } from '../../verdict/workload.ts';
import { reasonOf } from './attempt.ts';

/** Whether the platform did its job before anything was done to it. */
export type SteadyState =
  | { readonly isSteady: true; readonly description: string }
  | { readonly isSteady: false; readonly reasons: readonly string[] };

/**
 * Waits until every service and broker is ready, Prometheus answers where there is one, and one order of its own (run id
 * `<runId>-probe`) has gone all the way to a charge.
 */
export async function awaitSteadyState(options: {
  readonly target: Target;
  /** What else is not as it must be; empty when all is. */
  readonly unready: () => Promise<readonly string[]>;
  readonly runId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<SteadyState> {
  const { target, signal } = options;
  const deadline = performance.now() + options.timeoutMs;
  const probe = { runId: `${options.runId}-probe`, index: 0 };
  for (;;) {
    const unready = [
      ...(await unreadyInstances(target)),
      ...(await muteTelemetry(target)),
      ...(await options.unready()),
    ];
    const failure = unready.length > 0 ? unready : await settleProbe(target, probe);
    if (typeof failure === 'string') {
      return { isSteady: true, description: `every instance is ready; ${failure}` };
    }
    if (performance.now() >= deadline || signal.aborted) return { isSteady: false, reasons: failure };
    await sleep(500);
    probe.index += 1;
  }
}

async function unreadyInstances(target: Target): Promise<readonly string[]> {
  const names = ['nats', ...target.topology.services.map((service) => service.name)];
  const instances = (await Promise.all(names.map((name) => target.instances(name)))).flat();
  return instances
    .filter((instance) => !instance.isReady)
    .map((instance) => `${instance.name} is not ready: ${instance.missing.join(', ') || instance.state}`);
}

/** Nobody is told of what a run does where the telemetry is dead, and no alert can tell of it. */
async function muteTelemetry(target: Target): Promise<readonly string[]> {
  const { prometheus } = await target.addresses();
  if (prometheus === '') return [];
  try {
    const answer = await fetch(`${prometheus}/-/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok ? [] : [`Prometheus answers ${answer.status}`];
  } catch (error) {
    return [`Prometheus does not answer: ${reasonOf(error)}`];
  }
}

/** By which a request to the order API is that client's. */
async function clientHeadersOf(target: Target, client: string): Promise<Record<string, string>> {
  const key = await target.clientKey?.(client);
  return { 'x-client-id': client, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
}

/** @returns what was seen when the probe settled, or the reasons why not */
async function settleProbe(
  target: Target,
  probe: { readonly runId: string; readonly index: number },
): Promise<string | readonly string[]> {
  const url = (await target.addresses()).order[0];
  if (url === undefined) return ['the target has no address of the order service'];
  const order = workloadOrder(probe.runId, probe.index);
  const startedAt = performance.now();
  try {
    const client = await clientHeadersOf(target, workloadClientId);
    const accepted = await fetch(`${url}/v1/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': order.idempotencyKey,
        ...client,
        'x-stormproof-run': probe.runId,
      },
      body: workloadBody(order),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await accepted.json()) as { order_id?: string; detail?: string };
    if (accepted.status !== 201) {
      return [`a probe order was answered ${accepted.status}: ${answer.detail ?? ''}`];
    }
    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline) {
      const response = await fetch(`${url}/v1/orders/${answer.order_id}`, {
        headers: client,
        signal: AbortSignal.timeout(5_000),
      });
      const { status } = (await response.json()) as { status?: string | number };
      if (status === 'charged') {
        return `a probe order settled in ${Math.round(performance.now() - startedAt)} ms`;
      }
      await sleep(20);
    }
    return ['a probe order was accepted but not charged within 5 s'];
  } catch (error) {
    return [`a probe order failed: ${error instanceof Error ? error.message : String(error)}`];
  }
}
