import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import type { MemorySeries } from './memory.ts';
import { readProcessMemory } from './process-memory.ts';

/** Looks at the memory of many processes, again and again. */
export type MemoryWatch = {
  /** Looks at a process as well that is no part of the target. */
  add(name: string, pid: number): void;
  /** Ends it. */
  stop(): Promise<void>;
  /** What was seen so far; a moment in which the target does not answer leaves a gap. */
  series(): MemorySeries;
};

/** Starts to look at everything that a target runs. The caller stops it. */
export function watchMemory(target: Target, everyMs: number): MemoryWatch {
  const { topology } = target;
  const services = [...backendsOf(topology), ...topology.services.map(({ name }) => name)];
  const further = new Map<string, number>();
  const series = new Map<string, { atMs: number; value: number }[]>();
  const stopping = new AbortController();

  const keep = (name: string, value: number) => {
    const points = series.get(name) ?? [];
    series.set(name, points);
    points.push({ atMs: Date.now(), value });
  };
  const look = async () => {
    const instances = (await Promise.all(services.map((service) => target.instances(service)))).flat();
    for (const { name, rssBytes } of instances) if (rssBytes !== undefined) keep(name, rssBytes);
    for (const [name, pid] of further) {
      const memory = await readProcessMemory(pid);
      if (memory !== undefined) keep(name, memory.residentBytes);
    }
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch(() => {
        // Judged by how often it was seen, a process of which this hides something is unknown.
      });
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {
        // Stopped meanwhile.
      });
    }
  })();
  return {
    add: (name, pid) => further.set(name, pid),
    async stop() {
      stopping.abort();
      await watching;
    },
    series: () => series,
  };
}
