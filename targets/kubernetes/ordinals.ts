/** What decides which ordinal a pod has. */
export type Seated = {
  readonly uid: string;
  readonly name: string;
  readonly createdAtMs: number;
  /** The ordinal that its StatefulSet gave it. */
  readonly ordinal?: number | undefined;
};

/**
 * Gives every pod of a service an ordinal, as a StatefulSet does by itself: a pod keeps the one it had, a new one takes
 * the lowest that is free, the older first. One beyond the service's replicas (a rolling update's surplus) is only lent:
 * its pod moves down as soon as a lower one is free.
 *
 * @param previous ordinals by uid, from the last call
 * @param pods those that count: not ended, not ending
 * @returns ordinals by uid
 */
export function seat(
  previous: ReadonlyMap<string, number>,
  pods: readonly Seated[],
  replicas: number,
): ReadonlyMap<string, number> {
  const seats = new Map<string, number>();
  const waiting: Seated[] = [];
  for (const pod of pods) {
    const own = pod.ordinal ?? previous.get(pod.uid);
    if (own !== undefined && (pod.ordinal !== undefined || own < replicas)) seats.set(pod.uid, own);
    else waiting.push(pod);
  }
  const taken = new Set(seats.values());
  let next = 0;
  for (const pod of waiting.sort(byAge)) {
    while (taken.has(next)) next += 1;
    taken.add(next);
    seats.set(pod.uid, next);
  }
  return seats;
}

function byAge(one: Seated, other: Seated): number {
  return one.createdAtMs - other.createdAtMs || (one.name < other.name ? -1 : 1);
}
