import type { Target } from '../../targets/target.ts';

/**
 * CPU time by instance over a run, across restarts: each sample adds what the process has used since the last one, or
 * since its own start when it is another process.
 */
export type UsageMeter = {
  sample(): Promise<void>;
  /** Microseconds by instance, each since the first sample that it was in. */
  usedUs(): ReadonlyMap<string, number>;
  /** How old the figures may be that these were made of, milliseconds. */
  lagMs(): number;
};

export function createUsageMeter(target: Target, services: readonly string[]): UsageMeter {
  const used = new Map<string, number>();
  let lagMs = 0;
  const last = new Map<string, { readonly incarnation: string; readonly cpuUs: number }>();
  return {
    async sample() {
      const instances = (await Promise.all(services.map((service) => target.instances(service)))).flat();
      for (const { name, incarnation, cpuUs, cpuLagMs = 0 } of instances) {
        if (incarnation === undefined || cpuUs === undefined) continue;
        const before = last.get(name) ?? { incarnation, cpuUs };
        const since = before.incarnation === incarnation ? before.cpuUs : 0;
        used.set(name, (used.get(name) ?? 0) + cpuUs - since);
        last.set(name, { incarnation, cpuUs });
        lagMs = Math.max(lagMs, cpuLagMs);
      }
    },
    usedUs: () => used,
    lagMs: () => lagMs,
  };
}
