import { readSloStatus, slos } from '../slo/index.ts';
import type { PageState, Sources } from './model.ts';
import { type Watched, watch } from './part.ts';
import { readMuted } from './read/alertmanager.ts';
import { readFlow } from './read/flow.ts';
import { readHistory } from './read/history.ts';
import { recentTraces } from './read/jaeger.ts';
import { createPrometheusClient, readAlerts } from './read/prometheus.ts';
import { createRunReader } from './read/runs.ts';
import { type WindowSeconds, windows } from './windows.ts';

/** Services send every 2 s, Prometheus scrapes every 5 s. */
const quickMs = 4_500;
/** Events of SLOs are counted every 15 s; sums over 30 days are dear. */
const slowMs = 10_000;

/** The page's knowledge: asked for while somebody looks, and shared by all who do. */
export type PageStates = {
  /**
   * The state for a window.
   * @param patienceMs how long to wait for answers that are due; what has not come by then is shown as it was
   */
  read(windowSeconds: WindowSeconds, patienceMs: number): Promise<PageState>;
};

export function createPageStates(sources: Sources, nowMs: () => number): PageStates {
  const { alertmanager, jaeger, runsDir } = sources;
  const prometheus = createPrometheusClient(sources.prometheus);
  const every = <T>(everyMs: number, ask: () => Promise<T>) => watch({ everyMs, nowMs, ask });
  const ofWindow = windows.map((windowSeconds) => ({
    windowSeconds,
    promises: every(slowMs, () => readSloStatus({ prometheus: prometheus.instant, slos, windowSeconds })),
    flow: every(quickMs, () => readFlow(prometheus, windowSeconds)),
    history: every(slowMs, () => readHistory(prometheus, windowSeconds, nowMs())),
  }));
  const alerts = every(quickMs, () => readAlerts(prometheus));
  const muted = alertmanager === undefined ? undefined : every(quickMs, () => readMuted(alertmanager));
  const traces = jaeger === undefined ? undefined : every(slowMs, () => recentTraces(jaeger, nowMs()));
  const runReader = runsDir === undefined ? undefined : createRunReader(runsDir);
  const runs = runReader === undefined ? undefined : every(slowMs, () => runReader.read());

  return {
    async read(windowSeconds, patienceMs) {
      const own = ofWindow.find((one) => one.windowSeconds === windowSeconds);
      if (own === undefined) throw new RangeError(`no page looks back ${windowSeconds} s`);
      const { promises, flow, history } = own;
      const all: readonly (Watched<unknown> | undefined)[] = [
        ...[promises, flow, history],
        ...[alerts, muted, traces, runs],
      ];
      await within(patienceMs, Promise.all(all.map((one) => one?.refresh())));
      return {
        nowMs: nowMs(),
        windowSeconds,
        promises: promises.part(),
        flow: flow.part(),
        history: history.part(),
        alerts: alerts.part(),
        muted: muted?.part(),
        traces: traces?.part(),
        runs: runs?.part(),
        sources,
      };
    },
  };
}

/** Waits for something, but no longer than that. */
async function within(ms: number, awaited: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([awaited, late.promise]);
  clearTimeout(timer);
}
