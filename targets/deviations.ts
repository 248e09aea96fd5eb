import type { Topology } from '../topology/model.ts';

/** What of a topology is not as delivered, whatever the place: {@link Target.deviations} of target.ts. */
export function topologyDeviations({ brokers }: Pick<Topology, 'brokers'>): readonly string[] {
  return brokers.syncInterval === 'always' ? [] : [`brokers fsync every ${brokers.syncInterval}`];
}
