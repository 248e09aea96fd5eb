import pc from 'picocolors';

/** Where a command writes: results to standard output, progress to standard error. */
export type Terminal = {
  readonly isJson: boolean;
  readonly isInteractive: boolean;
  /** The terminal's width; 80 where there is none. */
  readonly columns: number;
  /** Colours for standard output; none when it is no terminal, or NO_COLOR is set. */
  readonly colors: ReturnType<typeof pc.createColors>;
  /** A line of the result. Silent in JSON mode. */
  print(text: string): void;
  /** The result for programs: one JSON document. Silent otherwise. */
  printJson(value: unknown): void;
  /** Says that something has begun or ended. Silent in JSON mode. */
  say(text: string): void;
  /** Says what a person must know, also in JSON mode. */
  warn(text: string): void;
  /** Shows what is going on now, in place on a terminal; elsewhere a line at most every ten seconds. */
  status(text: string): void;
};

const plainStatusMs = 10_000;

export function createTerminal(options: {
  readonly isJson: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly nowMs: () => number;
}): Terminal {
  const { isJson, stdout, stderr } = options;
  const isInteractive = stderr.isTTY === true && !isJson;
  let hasStatus = false;
  let statusSaidAtMs = -Infinity;
  const clearStatus = () => {
    if (hasStatus) stderr.write('\r\u001b[2K');
    hasStatus = false;
  };
  return {
    isJson,
    isInteractive,
    columns: stderr.columns ?? 80,
    colors: pc.createColors(stdout.isTTY === true && pc.isColorSupported),
    print(text) {
      if (isJson) return;
      clearStatus();
      stdout.write(`${text}\n`);
    },
    printJson(value) {
      if (isJson) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    say(text) {
      if (isJson) return;
      clearStatus();
      stderr.write(`${text}\n`);
    },
    warn(text) {
      clearStatus();
      stderr.write(`stormproof: ${text}\n`);
    },
    status(text) {
      if (isJson) return;
      if (isInteractive) {
        // A line that wraps could not be drawn over.
        const width = (stderr.columns ?? 80) - 1;
        stderr.write(`\r\u001b[2K${text.slice(0, width)}`);
        hasStatus = true;
      } else if (options.nowMs() - statusSaidAtMs >= plainStatusMs) {
        statusSaidAtMs = options.nowMs();
        stderr.write(`${text}\n`);
      }
    },
  };
}
