/** @import { ChartUnit, Chart, History } from '../model.ts' */

/** @typedef {(value: number) => string} Write */

/** @type {Readonly<Record<ChartUnit, Write>>} */
const formats = {
  'orders/s': (value) => count(value),
  messages: (value) => count(value),
  times: (value) => (value > 0 && value < 0.01 ? '< 0.01×' : `${Number(value.toPrecision(3))}×`),
  s: (value) =>
    value < 0.001
      ? `${Math.round(value * 1e6)} µs`
      : value < 1
        ? `${Number((value * 1e3).toPrecision(3))} ms`
        : `${Number(value.toPrecision(3))} s`,
};

/** @param {number} value */
function count(value) {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** Lines are told apart by their dashes as well as by their colours. */
const looks = [
  { color: 'c1', dash: [] },
  { color: 'c2', dash: [7, 4] },
  { color: 'c3', dash: [2, 3] },
  { color: 'c4', dash: [10, 3, 2, 3] },
];

/** An axis reaches at least so far: a line of noughts is drawn at the bottom, with figures that differ. @type {Readonly<Record<ChartUnit, number>>} */
const reachMin = { 'orders/s': 4, messages: 4, times: 1.2, s: 0.004 };

/** @param {string} name of a custom property of the page's style */
function colorOf(name) {
  const probe = document.createElement('i');
  probe.className = `probe ${name}`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/**
 * Draws the charts of a history into their frames, and draws them anew when there is a newer one. Arrow keys move the
 * cursor of all charts, Escape takes it away.
 */
export function createCharts() {
  /** @type {Map<string, { plot: uPlot, holder: HTMLElement, shape: string }>} */
  const drawn = new Map();
  /** @type {History | null} */
  let history = null;

  /** @param {Chart} chart */
  function draw(chart) {
    const holder = document.querySelector(`[data-chart="${CSS.escape(chart.name)}"] .plot`);
    if (!(holder instanceof HTMLElement) || history === null) return;
    const shape = JSON.stringify([chart.lines.map(({ label }) => label), chart.limit]);
    const old = drawn.get(chart.name);
    const data = dataOf(chart, history);
    if (old?.holder === holder && old.shape === shape) {
      old.plot.setData(data);
      return;
    }
    old?.plot.destroy();
    holder.replaceChildren();
    const plot = new uPlot(
      optionsOf(chart, holder, () => history),
      data,
      holder,
    );
    for (const canvas of holder.querySelectorAll('canvas')) canvas.setAttribute('aria-hidden', 'true');
    drawn.set(chart.name, { plot, holder, shape });
  }

  function drawAll() {
    for (const chart of history?.charts ?? []) draw(chart);
  }

  function drawAnew() {
    for (const { plot } of drawn.values()) plot.destroy();
    drawn.clear();
    drawAll();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const holder = event.target;
    const own = [...drawn.values()].find((one) => one.holder === holder)?.plot;
    if (own === undefined) return;
    if (event.key === 'Escape') {
      for (const { plot } of drawn.values()) plot.setCursor({ left: -10, top: -10 });
      return;
    }
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : undefined;
    if (step === undefined) return;
    event.preventDefault();
    const [xs] = own.data;
    const last = xs.length - 1;
    const index = Math.min(Math.max((own.cursor.idx ?? last + 1) + step, 0), last);
    for (const { plot } of drawn.values()) {
      plot.setCursor({ left: plot.valToPos(xs[index] ?? 0, 'x'), top: plot.over.clientHeight / 2 });
    }
  }

  document.addEventListener('keydown', onKey);
  document.addEventListener('themechange', drawAnew);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAnew);
  const region = document.getElementById('charts');
  if (region !== null) {
    let width = region.clientWidth;
    new ResizeObserver(() => {
      if (region.clientWidth === width) return;
      width = region.clientWidth;
      for (const { plot, holder } of drawn.values())
        plot.setSize({ width: holder.clientWidth, height: plot.height });
    }).observe(region);
  }

  return {
    /** @param {History | null} newest */
    show(newest) {
      history = newest;
      drawAll();
    },
  };
}

/**
 * @param {Chart} chart
 * @param {History} history
 * @returns {uPlot.AlignedData}
 */
function dataOf({ lines, limit }, { xs }) {
  const limits = limit === undefined ? [] : [xs.map(() => limit.value)];
  return [[...xs], ...lines.map(({ ys }) => [...ys]), ...limits];
}

/**
 * @param {Chart} chart
 * @param {HTMLElement} holder
 * @param {() => History | null} history
 * @returns {uPlot.Options}
 */
function optionsOf({ lines, limit, unit }, holder, history) {
  const write = formats[unit];
  const axis = {
    stroke: () => colorOf('soft'),
    grid: { stroke: () => colorOf('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  /** Without a cursor the legend tells the newest values. @type {uPlot.Series.Value} */
  const value = (plot, value, line, at) => {
    const shown = at == null ? [...(plot.data[line] ?? [])].findLast((y) => y != null) : value;
    return shown == null ? '–' : write(shown);
  };
  const dashes = lines.map((_, at) =>
    at % looks.length === 0 ? 'solid' : at % 2 === 0 ? 'dotted' : 'dashed',
  );
  return {
    width: holder.clientWidth,
    height: 190,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC'),
    cursor: { sync: { key: 'page' }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, limit?.value ?? 0, reachMin[unit]) * 1.12] },
    },
    legend: { markers: { width: 2, dash: (_plot, at) => dashes[at - 1] ?? 'dotted' } },
    axes: [
      { ...axis, size: 30, values: '{HH}:{mm}' },
      {
        ...axis,
        size: 62,
        values: (_plot, splits) => splits.map(write),
      },
    ],
    series: [
      {
        label: 'at',
        value: (_plot, at) => (at == null ? 'newest' : new Date(at * 1e3).toISOString().slice(11, 19)),
      },
      ...lines.map(({ label }, at) => {
        const { color, dash } = looks[at % looks.length] ?? { color: 'ink', dash: [] };
        return {
          label,
          stroke: () => colorOf(color),
          width: 2,
          dash,
          points: { show: false },
          value,
        };
      }),
      ...(limit === undefined
        ? []
        : [
            {
              label: limit.label,
              stroke: () => colorOf('bad'),
              width: 1.25,
              dash: [3, 4],
              points: { show: false },
              value,
            },
          ]),
    ],
    hooks: { drawClear: [(plot) => shade(plot, history()?.faults ?? [])] },
  };
}

/**
 * Shades the time in which a fault was injected.
 *
 * @param {uPlot} plot
 * @param {History['faults']} faults
 */
function shade({ ctx, bbox, valToPos }, faults) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colorOf('warn');
  ctx.globalAlpha = 0.18;
  for (const { fromSeconds, toSeconds } of faults) {
    const left = valToPos(fromSeconds, 'x', true);
    ctx.fillRect(left, bbox.top, Math.max(valToPos(toSeconds, 'x', true) - left, 2), bbox.height);
  }
  ctx.restore();
}
