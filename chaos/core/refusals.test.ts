import { expect, test } from 'vitest';
import { type Target, TargetError } from '../../targets/target.ts';
import { platform } from '../../topology/platform.ts';
import { faultKinds } from '../faults/index.ts';
import type { FaultKind, FaultRequest } from './fault.ts';
import { refuseImpossible } from './refusals.ts';

/** A place without proxies that cannot pause. */
const bare = {
  name: 'kubernetes',
  topology: platform,
  canPause: false,
  proxies: () => Promise.resolve([]),
  disk: () => Promise.resolve(undefined),
} as unknown as Target;

const refusing = (
  faults: readonly FaultRequest[],
  kinds: Readonly<Record<string, FaultKind<never>>> = faultKinds,
) => refuseImpossible({ name: 'test', steps: [{ at: 0, faults, holdMs: 1 }] }, bare, kinds);

test('all that a place cannot do is told at once, each with its reason, and once', async () => {
  const stall: FaultRequest = { fault: 'stall', request: { edge: 'order-nats' } };
  const refusal = refusing(
    [
      stall,
      stall,
      { fault: 'pause', request: { instance: { leaderOf: 'ORDERS' } } },
      { fault: 'slow-start', request: { instance: 'payment-0' } },
      { fault: 'partition', request: { broker: 'nats-0', direction: 'both' } },
      { fault: 'step-down', request: { stream: 'ORDERS' } },
      { fault: 'kill', request: { instance: 'order-0' } },
    ],
    { ...faultKinds, 'step-down': failingWith(new TargetError('unsupported', 'no streams here')) },
  );
  const noProxy = 'passes through no proxy on the kubernetes target; start the platform with chaos on';
  await expect(refusal).rejects.toMatchObject({
    code: 'unsupported',
    message: [
      'test cannot run on the kubernetes target:',
      `  stall: edge order-nats ${noProxy}`,
      '  pause: the leader of ORDERS cannot be paused on the kubernetes target',
      '  slow-start: payment-0 cannot be paused on the kubernetes target',
      `  partition: edge nats-nats ${noProxy}`,
      '  step-down: no streams here',
    ].join('\n'),
  });
});

test('what only fails now is left to the run', async () => {
  const stepDown: FaultRequest = { fault: 'step-down', request: { stream: 'ORDERS' } };
  for (const error of [new TargetError('not-ready', 'nobody leads ORDERS'), new Error('timeout')]) {
    await refusing([stepDown], { 'step-down': failingWith(error) });
  }
});

/** A kind of fault that finds no victim. */
function failingWith(error: Error): FaultKind<never> {
  return {
    name: 'test',
    parameters: {},
    resolve: () => Promise.reject(error),
  } as unknown as FaultKind<never>;
}
