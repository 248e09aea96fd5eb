import type { Slice } from '../../timeline.ts';
import type { ReportFault, RunReport } from '../model.ts';
import { formatCount, formatDuration } from '../table.ts';
import { html, type Markup, nothing } from './markup.ts';

/** Units of the drawing; the page scales it. */
const width = 960;
const margin = { left: 52, right: 12, top: 20, bottom: 22 };
const decadesUs = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/** A time axis: where the load's time is on the drawing. */
type Axis = {
  readonly seconds: number;
  x(seconds: number): number;
};

/**
 * Latency and answers over the load's time, with the windows in which faults held. Empty for a run whose client keeps no
 * times. Pure; the words of a slice show when a pointer rests on it.
 */
export function renderCharts({ load, faults }: RunReport): Markup {
  const timeline = load?.latency.timeline;
  if (load === undefined || timeline === undefined || timeline.slices.length === 0) return nothing;
  const sliceSeconds = timeline.sliceUs / 1e6;
  const seconds = Math.max(load.manifest.durationSeconds, timeline.slices.length * sliceSeconds);
  const plotWidth = width - margin.left - margin.right;
  const axis: Axis = { seconds, x: (at) => margin.left + (at / seconds) * plotWidth };
  const windows = faults.map((fault) => windowOf(fault, load.manifest.startedAtMs, seconds));
  const chart = { axis, sliceSeconds, slices: timeline.slices, windows };
  return html`<p class="key soft"><span><i style="--swatch:var(--p50)"></i>p50</span><span><i
style="--swatch:var(--p99)"></i>p99 of the latency to the 201, by the time an order should have been sent</span><span><i
style="--swatch:var(--fault);opacity:.3"></i>a fault holds</span></p>
<div class="scroll">${latencyChart(chart)}</div>
<p class="key soft"><span><i style="--swatch:var(--ok)"></i>orders accepted a second, when their 201 came</span><span><i
style="--swatch:var(--fault)"></i>other answers</span></p>
<div class="scroll">${ordersChart(chart)}</div>`;
}

type Chart = {
  readonly axis: Axis;
  readonly sliceSeconds: number;
  readonly slices: readonly Slice[];
  readonly windows: readonly FaultWindow[];
};

type FaultWindow = { readonly label: string; readonly from: number; readonly to: number };

/** Seconds of the load; a fault that was never healed holds to its end. */
function windowOf(
  { name, target, injectedAtMs, healedAtMs }: ReportFault,
  startedAtMs: number,
  seconds: number,
): FaultWindow {
  const clamp = (at: number) => Math.min(Math.max(at, 0), seconds);
  const to = healedAtMs === undefined ? seconds : (healedAtMs - startedAtMs) / 1_000;
  return { label: `${name} ${target}`, from: clamp((injectedAtMs - startedAtMs) / 1_000), to: clamp(to) };
}

function latencyChart({ axis, slices, sliceSeconds, windows }: Chart): Markup {
  const bottom = 240 - margin.bottom;
  const top = Math.max(1e4, ...slices.map(({ final }) => final?.p99Us ?? 0));
  const decades = decadesUs.filter((_, at) => at < 2 || (decadesUs[at - 1] ?? 0) < top);
  const span = Math.log10((decades.at(-1) ?? 1) / 1e3);
  const y = (us: number) => bottom - (Math.log10(Math.max(us, 1e3) / 1e3) / span) * (bottom - margin.top);
  const grid = decades.map((us) => gridLine(axis, y(us), formatDecade(us)));
  const line = (name: 'p50' | 'p99') =>
    stretches(slices, (slice) => slice.final?.[`${name}Us`]).map((stretch) => {
      const points = stretch.map(
        ({ at, value }) => `${axis.x((at + 0.5) * sliceSeconds).toFixed(1)},${y(value).toFixed(1)}`,
      );
      // A stretch of one slice would be no line.
      const drawn = points.length === 1 ? [...points, ...points] : points;
      return html`<polyline class="${name}" stroke-linecap="round" points="${drawn.join(' ')}"/>`;
    });
  return frame(240, 'Latency over time', [
    ...windows.map((window, at) => faultWindow(axis, window, bottom, at)),
    ...grid,
    ...timeTicks(axis, bottom),
    ...line('p99'),
    ...line('p50'),
    ...hovers({ axis, slices, sliceSeconds }, bottom),
  ]);
}

function ordersChart({ axis, slices, sliceSeconds, windows }: Chart): Markup {
  const bottom = 150 - margin.bottom;
  const perSecond = (count: number) => count / sliceSeconds;
  const top = niceTop(
    Math.max(1, ...slices.map((slice) => perSecond(Math.max(slice.accepted, slice.failedAnswers)))),
  );
  const y = (rate: number) => bottom - (rate / top) * (bottom - margin.top);
  /** From and to are counted in slices. */
  const bar = (kind: 'ok' | 'failed', count: number, { from, to }: { from: number; to: number }) => {
    if (count === 0) return nothing;
    const x = axis.x(from * sliceSeconds);
    const wide = axis.x(to * sliceSeconds) - x;
    return html`<rect class="${kind}" x="${x.toFixed(1)}" y="${y(perSecond(count)).toFixed(1)}" width="${wide.toFixed(1)}" height="${(bottom - y(perSecond(count))).toFixed(1)}"/>`;
  };
  return frame(150, 'Orders over time', [
    ...windows.map((window) => faultWindow(axis, window, bottom)),
    ...[0, top / 2, top].map((rate) => gridLine(axis, y(rate), formatCount(rate))),
    ...timeTicks(axis, bottom),
    ...slices.flatMap((slice, at) => [
      bar('ok', slice.accepted, { from: at + 0.1, to: at + 0.6 }),
      bar('failed', slice.failedAnswers, { from: at + 0.6, to: at + 0.9 }),
    ]),
    ...hovers({ axis, slices, sliceSeconds }, bottom),
  ]);
}

function frame(height: number, title: string, parts: readonly Markup[]): Markup {
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${parts}</svg>`;
}

/** @param row of the label above the plot; without it there is none */
function faultWindow(axis: Axis, { label, from, to }: FaultWindow, bottom: number, row?: number): Markup {
  const x = axis.x(from);
  const wide = Math.max(axis.x(to) - x, 2);
  // Faults of one step begin together: their labels stand below each other.
  const text =
    row === undefined
      ? nothing
      : html`<text class="window-label" x="${(x + 3).toFixed(1)}" y="${margin.top + 12 + 13 * (row % 3)}">${label}</text>`;
  return html`<rect class="window" x="${x.toFixed(1)}" y="${margin.top}" width="${wide.toFixed(1)}" height="${bottom - margin.top}"/>${text}`;
}

function gridLine(axis: Axis, y: number, label: string): Markup {
  return html`<line class="grid" x1="${margin.left}" x2="${axis.x(axis.seconds)}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/><text x="${margin.left - 6}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`;
}

function timeTicks(axis: Axis, bottom: number): readonly Markup[] {
  const step = niceTop(axis.seconds / 8);
  const ticks = Array.from({ length: Math.floor(axis.seconds / step) + 1 }, (_, at) => at * step);
  return ticks.map(
    (at) =>
      html`<text x="${axis.x(at).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${formatCount(at)} s</text>`,
  );
}

function hovers({ axis, slices, sliceSeconds }: Omit<Chart, 'windows'>, bottom: number): readonly Markup[] {
  return slices.map(({ orders, accepted, failedAnswers, final }, at) => {
    const x = axis.x(at * sliceSeconds);
    const wide = axis.x((at + 1) * sliceSeconds) - x;
    const latency =
      final === undefined ? '' : `; p50 ${formatDuration(final.p50Us)}, p99 ${formatDuration(final.p99Us)}`;
    const words = `${formatCount(at * sliceSeconds)} s: ${formatCount(orders)} orders, ${formatCount(accepted)} accepted, ${formatCount(failedAnswers)} other answers${latency}`;
    return html`<rect class="hover" x="${x.toFixed(1)}" y="${margin.top}" width="${wide.toFixed(1)}" height="${bottom - margin.top}"><title>${words}</title></rect>`;
  });
}

/** Runs of slices that have a value, so that a line does not bridge what was not measured. */
function stretches(
  slices: readonly Slice[],
  measureOf: (slice: Slice) => number | undefined,
): readonly (readonly { readonly at: number; readonly value: number }[])[] {
  const found: { at: number; value: number }[][] = [];
  let last = -2;
  for (const [at, slice] of slices.entries()) {
    const value = measureOf(slice);
    if (value === undefined) continue;
    if (at !== last + 1) found.push([]);
    found.at(-1)?.push({ at, value });
    last = at;
  }
  return found;
}

/** The next of 1, 2, 5, 10, 20, 50, ... */
function niceTop(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 2, 5, 10].find((factor) => factor * decade >= value) ?? 10) * decade;
}

function formatDecade(us: number): string {
  return us < 1e6 ? `${us / 1e3} ms` : `${us / 1e6} s`;
}
