/**
 * Several recorders that send the orders of one run together, because one cannot send them all. Each is an agent (agent.ts, as a
 * process main.ts): a small server around a recorder that waits to be told its share (recorder/share.ts) and when to begin.
 * The conductor here tells them (protocol.ts), follows them, and gathers what they recorded; merge.ts makes one history of it, as
 * a single recorder would have left it. Whether agents are processes of this machine (spawn.ts) or pods is its caller's affair: it
 * knows their URLs.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistorySource } from '../../verdict/index.ts';
import { type RecorderArguments, renderRecorderArguments } from '../recorder/arguments.ts';
import { historyFile, manifestFile } from '../recorder/manifest.ts';
import type { RecorderProgress } from '../recorder/progress.ts';
import { scheduleOf } from '../recorder/run.ts';
import { planShape } from '../shapes/course.ts';
import { keepMerged, nameOf, openPart } from './history.ts';
import type { SharedRun } from './merge.ts';
import { sumProgress } from './progress.ts';
import type { AgentOrder, AgentStatus } from './protocol.ts';

/** An agent, as its conductor reaches it. */
export type Member = {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Where its recorder writes, if this machine has that directory: a dead agent's files can be read there. */
  readonly directory?: string;
};

export type FleetOptions = Omit<RecorderArguments, 'outDir' | 'share'> & {
  readonly members: readonly Member[];
  /** By which the order API lets the client in; absent where it asks for none. */
  readonly clientKey?: string;
  /** Where the manifest of the whole goes, and the histories of members on other machines, a folder each. */
  readonly outDir: string;
  /** Ends the run early, as an interrupt ends the recorder. */
  readonly signal: AbortSignal;
  /** Called about once a second, of all members together. */
  readonly onProgress: (progress: RecorderProgress) => void;
};

/** What the generators of a run left, as if they had been one. */
export type FleetResult = {
  readonly history: HistorySource;
  /** What went wrong with any of them; empty when all lived to their end. */
  readonly problems: readonly string[];
};

/** Long enough for every agent to have heard of it before any begins. */
const startsInMs = 2_000;
const pollMs = 500;
/** An agent that has not answered for so long is dead. */
const silenceMsMax = 10_000;
/** After an interrupt: the recorder gives its orders 5 s. */
const stopMsMax = 20_000;
const requestMsMax = 5_000;
/** How long an agent elsewhere may take until it listens, once it is said to run. */
const listenMsMax = 30_000;
/** Several times in the lease of an agent: one that has finished waits for its history to be fetched. */
const keepAliveMs = 2_000;

/**
 * Has several recorders send the orders of one run together, each its share, and merges what they recorded.
 *
 * They begin at the same moment, as nearly as this machine's messages reach them; an agent that cannot be told in time ends the
 * run. One that dies later leaves the others to finish: their histories count, and the whole is unfinished.
 *
 * @returns when every agent has ended its run, or is dead
 * @throws MergeError when nobody left a history
 */
export async function conductFleet(options: FleetOptions): Promise<FleetResult> {
  const { members, outDir, signal, onProgress, clientKey, ...recorder } = options;
  await Promise.all(members.map((member) => awaitListening(member, signal)));
  const stopping = new AbortController();
  const startedAtMs = Date.now() + startsInMs;
  const tardy = await beginAll(members, recorder, clientKey);
  if (tardy.length > 0) stopping.abort();
  const watches = members.map((member) => watch(member, AbortSignal.any([signal, stopping.signal])));
  const reporting = setInterval(() => {
    const known = watches.flatMap(({ progress }) => progress() ?? []);
    if (known.length > 0) onProgress(sumProgress(known));
  }, 1_000);
  const keepingAlive = setInterval(
    () => void Promise.all(members.map(({ url }) => readStatus(url))),
    keepAliveMs,
  );
  const ends = await Promise.all(watches.map(({ ended }) => ended));
  clearInterval(reporting);
  const parts = await Promise.all(
    members.map((member, index) => collect(member, join(outDir, nameOf(index)))),
  );
  clearInterval(keepingAlive);
  await Promise.all(members.map(({ url }) => post(url, 'end').catch(ignoreTheDead)));
  const history = await keepMerged(outDir, sharedRun(recorder, startedAtMs), parts);
  const problems = [
    ...tardy,
    ...ends.flatMap((problem, index) => (problem === undefined ? [] : [`${nameOf(index)} ${problem}`])),
    ...parts.flatMap((part, index) => (part === undefined ? [`${nameOf(index)} left no history`] : [])),
  ];
  return { history, problems };
}

function sharedRun(recorder: Omit<RecorderArguments, 'outDir' | 'share'>, startedAtMs: number): SharedRun {
  const { runId, seed, shape } = recorder;
  const schedule = scheduleOf(recorder);
  return {
    ...{ runId, seed, startedAtMs, planned: schedule.planned },
    ...(shape === undefined ? {} : { shape: planShape(shape, schedule) }),
  };
}

/** A process that was started says itself when it listens; of one elsewhere, only asking tells. */
async function awaitListening({ url, directory }: Member, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + listenMsMax;
  while (directory === undefined && !signal.aborted && performance.now() < deadline) {
    if ((await readStatus(url)) !== undefined) return;
    await delay(pollMs);
  }
}

/** @returns which agents could not be told in time to begin with the others, and why */
async function beginAll(
  members: readonly Member[],
  recorder: Omit<RecorderArguments, 'outDir' | 'share'>,
  clientKey: string | undefined,
): Promise<readonly string[]> {
  const told = members.map(async ({ url }, index) => {
    const share = { index, count: members.length };
    const words = renderRecorderArguments({ ...recorder, share, outDir: '.' });
    // Where it writes is the agent's own affair.
    const own = words.filter((word) => !word.startsWith('--out-dir='));
    const order: AgentOrder = {
      ...{ arguments: own, startsInMs },
      ...(clientKey === undefined ? {} : { clientKey }),
    };
    const askedAtMs = performance.now();
    try {
      await post(url, 'run', order);
    } catch (error) {
      return [`${nameOf(index)} could not be told to begin: ${(error as Error).message}`];
    }
    const tookMs = performance.now() - askedAtMs;
    return tookMs < startsInMs ? [] : [`${nameOf(index)} took ${Math.round(tookMs)} ms to hear of the start`];
  });
  return (await Promise.all(told)).flat();
}

type Watch = {
  readonly progress: () => RecorderProgress | undefined;
  /** Resolves with what went wrong; with undefined when the agent finished. */
  readonly ended: Promise<string | undefined>;
};

/** Asks an agent how it is until its run is over, and passes the wish on to stop. */
function watch({ url }: Member, signal: AbortSignal): Watch {
  let newest: RecorderProgress | undefined;
  async function follow(): Promise<string | undefined> {
    let answeredAtMs = performance.now();
    let stoppedAtMs: number | undefined;
    for (;;) {
      const nowMs = performance.now();
      if (signal.aborted && stoppedAtMs === undefined) {
        stoppedAtMs = nowMs;
        await post(url, 'stop').catch(ignoreTheDead);
      }
      const status = await readStatus(url);
      if (status !== undefined) {
        answeredAtMs = performance.now();
        newest = status.progress ?? newest;
        if (status.state === 'finished') return undefined;
        if (status.state === 'failed') return `could not finish: ${status.problem}`;
        if (status.state === 'idle') return 'never began';
      }
      if (performance.now() - answeredAtMs > silenceMsMax) return 'died: it does not answer any more';
      if (stoppedAtMs !== undefined && nowMs - stoppedAtMs > stopMsMax)
        return 'did not stop when it was told to';
      await delay(pollMs);
    }
  }
  return { progress: () => newest, ended: follow() };
}

async function readStatus(url: string): Promise<AgentStatus | undefined> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(requestMsMax) });
    return response.ok ? ((await response.json()) as AgentStatus) : undefined;
  } catch {
    // Whether it is dead or slow, the next answers tell.
    return undefined;
  }
}

async function post(url: string, path: string, body: object = {}): Promise<void> {
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(requestMsMax),
  });
  if (response.ok) return;
  const { problem } = (await response.json().catch(() => ({}))) as { readonly problem?: string };
  throw new Error(problem ?? `it answered ${response.status}`);
}

function ignoreTheDead(): void {
  // An agent that does not hear this has died, or ends by itself when nobody speaks to it.
}

/** @returns undefined when the agent left no history that can be opened, or cannot be asked for it */
async function collect({ url, directory }: Member, to: string): Promise<HistorySource | undefined> {
  if (directory !== undefined) return openPart(directory);
  try {
    await mkdir(to, { recursive: true });
    for (const file of [manifestFile, historyFile]) await download(`${url}/${file}`, join(to, file));
  } catch {
    // A torn file would pass for one of a generator that died: what there is of it is not opened.
    return undefined;
  }
  return openPart(to);
}

async function download(url: string, to: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(to));
}
