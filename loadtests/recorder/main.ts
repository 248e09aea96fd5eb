import { clientKeyVariable, parseRecorderArguments, recorderUsage } from './arguments.ts';
import type { RecorderProgress } from './progress.ts';
import { runRecorder } from './run.ts';
import type { RecorderEvent } from './spawn.ts';

const parsed = parseRecorderArguments(process.argv.slice(2));
if (parsed.problems !== undefined) {
  process.stderr.write(`${parsed.problems.join('\n')}\n\n${recorderUsage}`);
  process.exit(2);
}

const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
process.on('SIGTERM', () => stopping.abort());
process.on('SIGHUP', () => stopping.abort());
// A parent that dies takes its end of the channel with it: nobody is left to read what this would still send.
process.on('disconnect', () => stopping.abort());

const { isJson } = parsed;
const clientKey = process.env[clientKeyVariable];
const say = (event: RecorderEvent, line: string) =>
  process.stdout.write(`${isJson ? JSON.stringify(event) : line}\n`);
// A closed standard output ends the reports, not the run.
process.stdout.on('error', () => undefined);

try {
  const manifest = await runRecorder({
    ...parsed.options,
    ...(clientKey === undefined ? {} : { clientKey }),
    signal: stopping.signal,
    onProgress: (progress) => say({ type: 'progress', progress }, renderProgress(progress)),
  });
  say({ type: 'finished', manifest }, JSON.stringify(manifest.finished));
  // The channel to a parent would keep the process alive.
  if (process.connected) process.disconnect();
} catch (error) {
  process.stderr.write(`recorder: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

function renderProgress(progress: RecorderProgress): string {
  const { elapsedSeconds, sent, accepted, retried, refused, unknown, dropped, inFlight, p50Ms, p99Ms } =
    progress;
  return (
    `${elapsedSeconds.toFixed(0)} s: ${sent} sent, ${accepted} accepted, ${inFlight} in flight, ${retried} retries, ` +
    `${refused} refused, ${unknown} unknown, ${dropped} dropped; p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
  );
}
