import type { Affinity, TopologySpreadConstraint } from 'kubernetes-types/core/v1.d.ts';
import type { Stack } from '../stack.ts';
import { selectorOf } from './labels.ts';
import { softSpread } from './pod.ts';

/** No two brokers on one node where orders are real; elsewhere only if it can be helped. */
export function brokerAffinity(stack: Stack): Affinity {
  const term = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: selectorOf(stack, 'nats') },
  };
  return stack.config.environment === 'production'
    ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
    : {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        },
      };
}

/** With three zones or more, the loss of one must not take a majority of the brokers. */
export function brokerSpread(stack: Stack): readonly TopologySpreadConstraint[] {
  return softSpread(stack, 'nats').map((constraint) =>
    constraint.topologyKey === 'topology.kubernetes.io/zone' && stack.config.zones >= 3
      ? { ...constraint, whenUnsatisfiable: 'DoNotSchedule' }
      : constraint,
  );
}
