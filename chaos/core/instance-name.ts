/** The service or backend of an instance: `nats` of `nats-2`. */
export function serviceOf(instance: string): string {
  return instance.replace(/-\d+$/, '');
}

/** The ordinal of an instance: 2 of `nats-2`. */
export function ordinalOf(instance: string): number {
  return Number(/\d+$/.exec(instance)?.[0] ?? 0);
}
