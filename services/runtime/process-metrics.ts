import { performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import { metrics as registry } from '../../observability/names/metrics.ts';

/** Reports CPU time, memory and event-loop utilisation of this process with every export. */
export function observeProcess(meter: Meter): void {
  const describe = (spec: { unit: string; description: string }) => ({
    unit: spec.unit,
    description: spec.description,
  });
  const cpu = meter.createObservableCounter(registry.processCpuTime.name, describe(registry.processCpuTime));
  cpu.addCallback((result) => {
    const usage = process.cpuUsage();
    result.observe(usage.user / 1e6, { 'cpu.mode': 'user' });
    result.observe(usage.system / 1e6, { 'cpu.mode': 'system' });
  });
  const memory = meter.createObservableGauge(
    registry.processMemoryUsage.name,
    describe(registry.processMemoryUsage),
  );
  memory.addCallback((result) => result.observe(process.memoryUsage.rss()));
  const loop = meter.createObservableGauge(
    registry.eventLoopUtilization.name,
    describe(registry.eventLoopUtilization),
  );
  let last = performance.eventLoopUtilization();
  loop.addCallback((result) => {
    const now = performance.eventLoopUtilization();
    result.observe(performance.eventLoopUtilization(now, last).utilization);
    last = now;
  });
}
