import type { JetStreamManager } from '@nats-io/jetstream';
import type { SloStatus } from '../slo/status/status.ts';

/** Where the page asks; base URLs without a trailing slash. What is absent is said to be absent. */
export type Sources = {
  readonly prometheus: string;
  readonly alertmanager?: string | undefined;
  readonly jaeger?: string | undefined;
  /** What an order that nobody traced is drawn from; absent where the page cannot reach it. */
  readonly streams?: StreamSources | undefined;
  /** The directory that runs of experiments leave their reports in, a folder each. */
  readonly runsDir?: string | undefined;
};

/** Who knows where an order is stored, and the brokers that know when. */
export type StreamSources = {
  /** Base URLs of order services' admin interfaces. */
  readonly orderAdmin: readonly string[];
  /**
   * Asks the brokers through a connection that may read streams, and closes it.
   * @throws what `ask` throws, or why no broker could be asked (rejects)
   */
  readonly askBrokers: <T>(ask: (manager: JetStreamManager) => Promise<T>) => Promise<T>;
};

/** Something that was asked for: what was found last, and why there is nothing newer. */
export type Part<T> = {
  /** Absent until it was found for the first time. */
  readonly found?: { readonly value: T; readonly atMs: number };
  /** What was tried and what came of it; absent while what was found is current. */
  readonly failure?: string;
};

/** Everything that the page shows at one moment, as plain data. Times are milliseconds since the Unix epoch. */
export type PageState = {
  readonly nowMs: number;
  /** How far verdicts, burn rates, counts and charts look back. */
  readonly windowSeconds: number;
  readonly promises: Part<readonly SloStatus[]>;
  readonly flow: Part<Flow>;
  readonly history: Part<History>;
  readonly alerts: Part<readonly ActiveAlert[]>;
  /** Alerts that Alertmanager tells nobody of, by {@link ActiveAlert.key}; absent where no Alertmanager is known. */
  readonly muted: Part<ReadonlyMap<string, string>> | undefined;
  /** Absent where no Jaeger is known. */
  readonly traces: Part<readonly TraceSummary[]> | undefined;
  /** Absent where no directory is known. */
  readonly runs: Part<readonly Run[]> | undefined;
  readonly sources: Sources;
};

/** What the platform does with orders. A count that nobody tells is absent; one of a
 * process that started anew is extrapolated, so not always whole. */
export type Flow = {
  /** Requests for an order within the window, by what they were told; repeats of a known order are `replayed`. */
  readonly answers: ReadonlyMap<string, number>;
  readonly stored?: number;
  /** Orders that the provider decided. */
  readonly charged?: number;
  /** Orders by terminal state. */
  readonly settled: ReadonlyMap<string, number>;
  readonly consumers: readonly Consumer[];
  /** Messages of a stream that a replica's projection has not applied. */
  readonly projections: readonly {
    readonly instance: string;
    readonly stream: string;
    readonly behind: number;
  }[];
  readonly breakers: readonly { readonly instance: string; readonly state: string }[];
  readonly faults: readonly { readonly fault: string; readonly subject: string }[];
  /** Announced chaos: a window is open while faults may act. */
  readonly windows: readonly { readonly window: string; readonly isOpen: boolean }[];
  /** How much of the last 30 days announced chaos has taken out of the second budget, and alerts. */
  readonly excludedSeconds?: number;
  /** What the newest audit found, by invariant; absent when no audit ran within two hours. */
  readonly audit?: { readonly violations: ReadonlyMap<string, number>; readonly ageSeconds: number };
  /** How old the newest metrics of each instance are; one that sent none for six hours is missing. */
  readonly telemetry: readonly {
    readonly service: string;
    readonly instance: string;
    readonly ageSeconds: number;
  }[];
};

export type Consumer = {
  readonly consumer: string;
  readonly stream: string;
  /** Messages that it was not given yet. */
  readonly waiting: number;
  /** Messages that it was given and has not acknowledged. */
  readonly inHand?: number;
};

/** Charts on one axis of time. */
export type History = {
  /** Seconds since the Unix epoch, equally far apart. */
  readonly xs: readonly number[];
  readonly stepSeconds: number;
  readonly charts: readonly Chart[];
  /** When which fault was injected. */
  readonly faults: readonly Span[];
};

export type Chart = {
  readonly name: string;
  readonly title: string;
  /** What it shows, and what it looks like when something is wrong. */
  readonly description: string;
  readonly unit: ChartUnit;
  readonly lines: readonly Line[];
  /** What a line should stay below. */
  readonly limit?: { readonly label: string; readonly value: number };
};

export type ChartUnit = 'orders/s' | 's' | 'times' | 'messages';

export type Line = {
  readonly label: string;
  /** One value for each of the axis; null where there was none. */
  readonly ys: readonly (number | null)[];
};

export type Span = { readonly label: string; readonly fromSeconds: number; readonly toSeconds: number };

export type ActiveAlert = {
  /** Tells alerts apart, here and in Alertmanager: name and labels. */
  readonly key: string;
  readonly name: string;
  readonly severity: string;
  readonly state: 'pending' | 'firing';
  readonly sinceMs: number;
  readonly summary: string;
  readonly description: string;
  /** Labels that tell where it is: `broker="nats-1"`. */
  readonly where: string;
  /** The runbook's name, as in `docs/runbooks/<name>.md`; absent when it has none. */
  readonly runbook?: string;
};

/** A finished run of an experiment. */
export type Run = {
  readonly runId: string;
  readonly kind: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly target: string;
};

export type TraceSummary = {
  readonly traceId: string;
  readonly orderId?: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** `charged`, `declined` …; absent while it is not settled, or that was not told. */
  readonly terminalState?: string;
  readonly hasError: boolean;
};
