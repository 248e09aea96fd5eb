const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** An alert on the burn rate: it fires while both windows burn at least that fast. All in seconds. */
export type BurnWindow = {
  readonly severity: 'page' | 'ticket';
  /** How many times faster than the budget allows. */
  readonly burnRate: number;
  /** Shows that it matters. */
  readonly longSeconds: number;
  /** Shows that it goes on; lets the alert end soon after. */
  readonly shortSeconds: number;
};

/** How long everything takes that rules wait for or look back on, in seconds. */
export type Timing = {
  /** How often events are counted, and pages decided. */
  readonly stepSeconds: number;
  /** How often long windows and budgets are summed up. */
  readonly slowStepSeconds: number;
  /** A service that has sent nothing for so long is silent: what it did is not known. */
  readonly silentSeconds: number;
  readonly burnWindows: readonly BurnWindow[];
  /** Any other duration, scaled alike. */
  scaled(seconds: number): number;
};

/**
 * Multi-window, multi-burn-rate alerts as in chapter 5 of the SRE workbook ("Alerting on SLOs"), with a step between six
 * hours and three days: of a budget of 30 days they mean 2 % in an hour, 5 % in six, 10 % in a day and 10 % in three.
 */
const workbook: readonly BurnWindow[] = [
  { severity: 'page', burnRate: 14.4, longSeconds: hour, shortSeconds: 5 * minute },
  { severity: 'page', burnRate: 6, longSeconds: 6 * hour, shortSeconds: 30 * minute },
  { severity: 'ticket', burnRate: 3, longSeconds: day, shortSeconds: 2 * hour },
  { severity: 'ticket', burnRate: 1, longSeconds: 3 * day, shortSeconds: 6 * hour },
];

/** Seconds. Metrics arrive every 2 s; whatever is shorter than these sees too few of them to be believed. */
const floors = { step: 5, silent: 10, duration: 15, slowStep: 10 } as const;

/**
 * @param scale how many times shorter everything is than in operation: 1 there, 60 where an hour's alert must show within a
 * load run of minutes. Nothing becomes shorter than what the metrics' interval of 2 s allows.
 */
export function timingOf(scale: number): Timing {
  const shorten = (seconds: number, floor: number) => Math.max(floor, Math.round(seconds / scale));
  const scaled = (seconds: number) => shorten(seconds, Math.min(seconds, floors.duration));
  return {
    stepSeconds: shorten(15, floors.step),
    slowStepSeconds: shorten(minute, floors.slowStep),
    silentSeconds: shorten(minute, floors.silent),
    burnWindows: workbook.map((window) => ({
      ...window,
      longSeconds: scaled(window.longSeconds),
      shortSeconds: scaled(window.shortSeconds),
    })),
    scaled,
  };
}
