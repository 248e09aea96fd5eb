import type { Topology } from '../../topology/index.ts';
import { serviceOf } from './instance-name.ts';

/** How much may be broken at one time. */
export type BlastRadius = {
  /** Instances of any one service or backend but the brokers. */
  readonly instancesMax: number;
  /** Brokers; a majority of them takes the streams away. */
  readonly brokersMax: number;
};

/** One instance of each service, and no majority of the brokers. */
export function defaultBlastRadius({ brokers }: Pick<Topology, 'brokers'>): BlastRadius {
  return { instancesMax: 1, brokersMax: Math.floor((brokers.replicas - 1) / 2) };
}

/**
 * Which limits would be passed if these instances were disabled together: `3 of nats (nats-0, nats-1, nats-2), at most
 * 1`. Empty when all are kept.
 *
 * @param disabled names of instances; one that is named twice counts once
 */
export function passedLimits(limits: BlastRadius, disabled: readonly string[]): readonly string[] {
  const byService = Map.groupBy(new Set(disabled), serviceOf);
  return [...byService].flatMap(([service, instances]) => {
    const max = service === 'nats' ? limits.brokersMax : limits.instancesMax;
    return instances.length <= max
      ? []
      : [`${instances.length} of ${service} (${instances.join(', ')}), at most ${max}`];
  });
}
