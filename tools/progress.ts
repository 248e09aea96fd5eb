import type { BuildProgress } from './ensure.ts';
import type { Build } from './program.ts';

/** One build as the display remembers it. Times are milliseconds of the display's clock. */
type Row = {
  readonly build: Build;
  state: BuildProgress['state'];
  startedAtMs?: number;
  endedAtMs?: number;
};

export type BuildDisplay = {
  readonly onProgress: (progress: BuildProgress) => void;
  /** Draws a last time and stops the timer. Does nothing when nothing was built. */
  readonly close: () => void;
};

const redrawMs = 250;
const heartbeatMs = 30_000;

/**
 * Shows builds to a person: on a terminal a line per build that counts its seconds, elsewhere a line when a build
 * starts and ends and a sign of life every half minute. Shows nothing before the first progress arrives.
 * The caller closes it, also after a failure.
 */
export function createBuildDisplay(options: {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** The terminal's width; longer lines are cut, as a wrapped one could not be drawn over. Default 80. */
  readonly columns?: number;
  readonly nowMs: () => number;
}): BuildDisplay {
  const rows = new Map<Build, Row>();
  let timer: NodeJS.Timeout | undefined;
  let drawnLines = 0;
  const width = (options.columns ?? 80) - 1;

  const draw = () => {
    const lines = [...rows.values()].map((row) => renderRow(row, options.nowMs()));
    const up = drawnLines > 0 ? `\u001b[${drawnLines}A` : '';
    options.write(`${up}${lines.map((line) => `\u001b[2K${line.slice(0, width)}\n`).join('')}`);
    drawnLines = lines.length;
  };
  const heartbeat = () => {
    const busy = [...rows.values()].filter(
      (row) => row.startedAtMs !== undefined && row.endedAtMs === undefined,
    );
    for (const row of busy) options.write(`${renderRow(row, options.nowMs())}\n`);
  };
  const begin = () => {
    options.write('Building the external programs that are not cached yet; this happens once per version.\n');
    timer = setInterval(options.isTerminal ? draw : heartbeat, options.isTerminal ? redrawMs : heartbeatMs);
    timer.unref();
  };

  return {
    onProgress: ({ build, state }) => {
      if (!timer) begin();
      const row = rows.get(build) ?? { build, state };
      const isStart = row.startedAtMs === undefined && state !== 'queued';
      const isEnd = state === 'done' || state === 'failed' || state === 'stopped';
      row.state = state;
      if (isStart) row.startedAtMs = options.nowMs();
      if (isEnd) row.endedAtMs = options.nowMs();
      rows.set(build, row);
      if (options.isTerminal) draw();
      else if (isStart || isEnd) options.write(`${renderRow(row, options.nowMs())}\n`);
    },
    close: () => {
      if (!timer) return;
      clearInterval(timer);
      if (options.isTerminal) draw();
      timer = undefined;
    },
  };
}

const words: Record<BuildProgress['state'], string> = {
  queued: 'queued',
  waiting: 'waiting for another build of it',
  downloading: 'downloading modules',
  compiling: 'compiling',
  done: 'built',
  failed: 'failed',
  stopped: 'stopped',
};

/** One line: what, in which state, since how many seconds, and how long it usually takes. */
function renderRow(row: Readonly<Row>, nowMs: number): string {
  const name = `  ${`${Object.keys(row.build.packages).join(' + ')} ${row.build.version}`.padEnd(30)}`;
  if (row.startedAtMs === undefined) return `${name} ${words[row.state]}`;
  const seconds = Math.round(((row.endedAtMs ?? nowMs) - row.startedAtMs) / 1000);
  const usually = row.endedAtMs === undefined ? ` (about ${row.build.typicalSeconds} s on two cores)` : '';
  return `${name} ${words[row.state]} ${seconds} s${usually}`;
}
