/** An alert as Alertmanager's webhook tells of it, version 4. */
export type ToldAlert = {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  /** When Prometheus let it fire, RFC 3339. */
  readonly startsAt: string;
  /** Tells alerts of different labels apart. */
  readonly fingerprint: string;
};

/** An alert from its firing to its end. Times are milliseconds since the Unix epoch. */
export type RecordedAlert = {
  readonly labels: Readonly<Record<string, string>>;
  /** When Prometheus let it fire. */
  readonly startedAtMs: number;
  /** When this was heard of; undefined when only its end was. */
  readonly firedAtMs: number | undefined;
  /** When its end was heard of; undefined while it fires. */
  readonly resolvedAtMs: number | undefined;
};

/** What a recorder answers. */
export type AlertRecord = {
  /** Since when it has been listening: what came before is not known. Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** How many older alerts it has forgotten. */
  readonly forgotten: number;
  /** In the order in which they were heard of. */
  readonly alerts: readonly RecordedAlert[];
};

export type AlertBook = {
  /** Alertmanager repeats itself: the first word about the firing and about the end of an alert counts. */
  add(told: readonly ToldAlert[], nowMs: number): void;
  read(): AlertRecord;
};

/** @param alertsMax how many alerts are remembered; one more, and the oldest is forgotten */
export function createAlertBook(sinceMs: number, alertsMax: number): AlertBook {
  /** By what tells one firing from another; in the order of the first word about each. */
  const alerts = new Map<string, RecordedAlert>();
  let forgotten = 0;
  return {
    add(told, nowMs) {
      for (const one of told) {
        const key = `${one.fingerprint} ${one.startsAt}`;
        alerts.set(key, hear(alerts.get(key), one, nowMs));
        const [oldest] = alerts.keys();
        if (alerts.size <= alertsMax || oldest === undefined) continue;
        alerts.delete(oldest);
        forgotten += 1;
      }
    },
    read: () => ({ sinceMs, forgotten, alerts: [...alerts.values()] }),
  };
}

function hear(
  known: RecordedAlert | undefined,
  { labels, startsAt, status }: ToldAlert,
  nowMs: number,
): RecordedAlert {
  const isOver = status === 'resolved';
  return {
    labels,
    startedAtMs: Date.parse(startsAt),
    firedAtMs: known?.firedAtMs ?? (isOver ? undefined : nowMs),
    resolvedAtMs: known?.resolvedAtMs ?? (isOver ? nowMs : undefined),
  };
}
