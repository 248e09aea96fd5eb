import type { RunManifest } from '../../verdict/index.ts';
import type { RecorderProgress } from '../recorder/progress.ts';

/**
 * What a conductor and an agent say to each other over HTTP:
 *
 * - `GET /status` answers an {@link AgentStatus}.
 * - `POST /run` with an {@link AgentOrder} answers 202 at once; 400 with the problems of the arguments, 409 when the agent
 *   has had its run.
 * - `POST /stop` ends a run early, as an interrupt ends the recorder; 202.
 * - `GET /run.json` and `GET /history.bin` answer what the recorder wrote; 404 where it wrote nothing.
 * - `POST /end` ends the agent; 202.
 */
export type AgentOrder = {
  /** As recorder/arguments.ts renders them, but for the directory, which is the agent's own affair. */
  readonly arguments: readonly string[];
  /** When to begin, milliseconds from the arrival of this: agents need not agree on what time it is. */
  readonly startsInMs: number;
  /** By which the order API lets the client in; absent where it asks for none. */
  readonly clientKey?: string;
};

export type AgentStatus =
  | { readonly state: 'idle' | 'running'; readonly progress?: RecorderProgress }
  | { readonly state: 'finished'; readonly manifest: RunManifest; readonly progress?: RecorderProgress }
  | { readonly state: 'failed'; readonly problem: string; readonly progress?: RecorderProgress };

/** An agent to which nobody has spoken for so long is alone, and ends what it does: load never outlives its conductor. */
export const agentLeaseMs = 20_000;
