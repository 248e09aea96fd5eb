import { performance } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import { metrics as registry } from '../../observability/names/metrics.ts';

const markEveryMs = 1_000;

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
  // The mark before the last one, so that two looks in quick succession both tell of more than a moment.
  let marks = [performance.eventLoopUtilization(), performance.eventLoopUtilization()] as const;
  let markedAtMs = performance.now();
  loop.addCallback((result) => {
    const now = performance.eventLoopUtilization();
    result.observe(performance.eventLoopUtilization(now, marks[0]).utilization);
    if (performance.now() - markedAtMs < markEveryMs) return;
    marks = [marks[1], now];
    markedAtMs = performance.now();
  });
}
