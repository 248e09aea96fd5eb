/**
 * Runs in the page of a report, after the chart library (`uPlot`): draws what plots.ts has left in `#plots-data`. Drag to
 * zoom into a span; double-click or Escape shows all again; arrow keys move the cursor of the plot that has the focus.
 */
(() => {
  const {
    seconds,
    plots,
    windows,
    recoveries,
    phases = [],
  } = JSON.parse(document.getElementById('plots-data').textContent);
  const formats = {
    count: (value) => value.toLocaleString('en', { maximumFractionDigits: 1 }),
    bytes: (value) => `${(value / 2 ** 20).toFixed(0)} MiB`,
    durationUs: (value) =>
      value < 1e3
        ? `${value} µs`
        : value < 1e6
          ? `${+(value / 1e3).toPrecision(3)} ms`
          : `${+(value / 1e6).toPrecision(3)} s`,
  };
  const color = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`).trim();

  /** Calls `draw` with each span and where it is on the canvas, with what is outside the plot cut off. */
  function eachSpan(u, draw) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [name, spans] of Object.entries({ soft: phases, fault: windows, warn: recoveries })) {
      for (const [at, span] of spans.entries()) {
        const left = u.valToPos(span.from, 'x', true);
        const right = Math.max(u.valToPos(span.to, 'x', true), left + 2 * devicePixelRatio);
        ctx.fillStyle = color(name);
        // Phases follow one another: shading every other one tells them apart.
        draw({ ...span, left, right, isShaded: spans !== phases || at % 2 === 1 });
      }
    }
    ctx.restore();
  }

  function shadeSpans(u) {
    eachSpan(u, ({ left, right, isShaded }) => {
      if (!isShaded) return;
      u.ctx.globalAlpha = 0.16;
      u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    });
  }

  /** Says what the spans are, each label in the first row that has room for it. */
  function labelSpans(u) {
    const { ctx, bbox } = u;
    const px = devicePixelRatio;
    /** Where the labels of each row stand. */
    const rows = [];
    eachSpan(u, ({ label, left, right }) => {
      ctx.font = `${11 * px}px system-ui, sans-serif`;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'top';
      const wide = ctx.measureText(label).width + 6 * px;
      // At the right edge a label would be cut off: it then ends where its span does.
      const from = left + wide > bbox.left + bbox.width ? Math.max(bbox.left, right - wide) : left;
      const isFree = (row) => row.every((other) => from >= other.to || from + wide <= other.from);
      const free = rows.findIndex(isFree);
      const at = free === -1 ? rows.push([]) - 1 : free;
      rows[at].push({ from, to: from + wide });
      ctx.fillText(label, from + 3 * px, bbox.top + (3 + at * 13) * px);
    });
  }

  /** @param headroom how many times its highest value a scale reaches */
  function scaleOf(format, headroom) {
    if (format === 'durationUs') return { distr: 3 };
    if (format.states !== undefined) return { range: [-0.15, format.states.length - 0.85] };
    return { range: (_u, _min, max) => [0, Math.max(max ?? 0, 1) * headroom] };
  }

  /** A logarithmic scale is split nine times a decade; a line for each would be a wall. */
  function decadesOf(format) {
    const isDecade = (value) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6);
    return (_u, splits) =>
      splits.map((value) => (format === 'durationUs' && !isDecade(value) ? null : value));
  }

  function create(figure, { format, lines }, at) {
    const { states } = format;
    const write = states === undefined ? formats[format] : (value) => states[value] ?? '';
    const holder = figure.querySelector('.plot');
    const axis = {
      stroke: () => color('soft'),
      grid: { stroke: () => color('line'), width: 1 },
      ticks: { stroke: () => color('line'), width: 1 },
      font: '11px system-ui, sans-serif',
    };
    const options = {
      width: holder.clientWidth,
      height: at === 0 ? 220 : 170,
      cursor: { sync: { key: 'run', scales: ['x', null] }, drag: { x: true, y: false } },
      scales: {
        x: { time: false, range: (_u, min, max) => [min ?? 0, max ?? seconds] },
        y: scaleOf(format, at === 0 ? 1.5 : 1.08),
      },
      axes: [
        { ...axis, size: 34, values: (_u, splits) => splits.map((value) => `${value} s`) },
        {
          ...axis,
          size: 66,
          grid: { ...axis.grid, filter: decadesOf(format) },
          ticks: { ...axis.ticks, filter: decadesOf(format) },
          ...(states === undefined ? {} : { splits: Object.keys(states).map(Number) }),
          values: (_u, splits) => splits.map((value) => (value === null ? '' : write(value))),
        },
      ],
      series: [
        { label: 'at', value: (_u, value) => (value === null ? '–' : `${value.toFixed(1)} s`) },
        ...lines.map((line) => ({
          label: line.label,
          stroke: () => color(line.color),
          width: 1.6,
          points: { show: false },
          ...(line.isDashed ? { dash: [5, 5] } : {}),
          ...(states === undefined ? {} : { paths: uPlot.paths.stepped({ align: 1 }) }),
          value: (_u, value) => (value == null ? '–' : write(value)),
        })),
      ],
      hooks: { drawClear: [shadeSpans], draw: at === 0 ? [labelSpans] : [] },
    };
    // The first line spans the whole run, so that all plots have the same axis; it is not drawn.
    const joined = uPlot.join([[[0, seconds]], ...lines.map(({ xs, ys }) => [xs, ys])]);
    return new uPlot(options, joined, holder);
  }

  const figures = [...document.querySelectorAll('.plots figure')];
  document.querySelector('.plots').hidden = false;
  let drawn = [];
  const draw = () => {
    for (const u of drawn) u.destroy();
    drawn = plots.map((plot, at) => create(figures[at], plot, at));
  };
  const showAll = () => {
    for (const u of drawn) u.setScale('x', { min: 0, max: seconds });
  };

  for (const [at, figure] of figures.entries()) {
    figure.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === 'Escape') showAll();
      if (step === undefined) return;
      event.preventDefault();
      const u = drawn[at];
      const [xs] = u.data;
      const index = Math.min(Math.max((u.cursor.idx ?? -1) + step, 0), xs.length - 1);
      for (const other of drawn) {
        other.setCursor({ left: other.valToPos(xs[index], 'x'), top: other.over.clientHeight / 2 });
      }
    });
  }
  let width = 0;
  new ResizeObserver(() => {
    const now = document.querySelector('.plots').clientWidth;
    if (now === width) return;
    width = now;
    for (const u of drawn) u.setSize({ width: u.root.parentElement.clientWidth, height: u.height });
  }).observe(document.querySelector('.plots'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
})();
