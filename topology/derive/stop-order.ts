import type { Topology } from '../model.ts';
import { backendsOf } from './instances.ts';

/**
 * Services and backends in the order they are to stop: a wave stops together, after everything that calls into it. So
 * nobody loses a callee that it still needs to finish its work or to flush its telemetry.
 *
 * Parts that call each other in a circle stop together, in the wave where the circle is found.
 */
export function stopWaves(topology: Topology): readonly (readonly string[])[] {
  const left = new Set([...topology.services.map((service) => service.name), ...backendsOf(topology)]);
  const waves: string[][] = [];
  while (left.size > 0) {
    const isCalled = (name: string) =>
      topology.edges.some((edge) => edge.to === name && edge.from !== name && left.has(edge.from));
    const free = [...left].filter((name) => !isCalled(name));
    const wave = free.length > 0 ? free : [...left];
    for (const name of wave) left.delete(name);
    waves.push(wave);
  }
  return waves;
}
