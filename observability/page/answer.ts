import { coverageOf, eventsToTell, type SloStatus } from '../slo/index.ts';
import type { ActiveAlert, Flow, PageState, Part } from './model.ts';
import { currentOf, isStale } from './part.ts';
import { formatAge, formatCount, formatLast, formatSpan } from './render/format.ts';

/**
 * `yes`, `no` and `unknown` are what `stormproof slo status` ends with (0, 10, 11) for the same window, but that an order
 * which breaks an invariant is a `no` as well. `at-risk` is a yes with a reason to act.
 */
export type Answer = {
  readonly verdict: 'yes' | 'at-risk' | 'no' | 'unknown';
  /** One sentence that can stand alone. */
  readonly text: string;
  /** What makes it so, or might soon; the worst first. */
  readonly reasons: readonly Reason[];
};

export type Reason = {
  readonly tone: 'bad' | 'warn' | 'note';
  readonly text: string;
  /** The name of a runbook that says what to do. */
  readonly runbook?: string;
};

/** The long burn rate at which the budget of 30 days is gone within 30 days. */
const sustainableBurnRate = 1;
/** Every budget is of so many days. */
const periodDays = 30;
/** A budget that lasts no longer is a reason to act: there is a weekend in it. */
const soonDays = 3;

/** Answers the question that people open the page with. Pure. */
export function answerOf(state: PageState): Answer {
  const { promises, nowMs, windowSeconds } = state;
  const within = `in the last ${formatLast(windowSeconds)}`;
  const flow = currentOf(state.flow, nowMs);
  const violations = violationsOf(flow);
  const alerts = alertReasons(currentOf(state.alerts, nowMs) ?? [], mutedOf(state));
  const unseen = [
    ...unseenReasons(state.flow, nowMs, 'whether orders are lost or charged twice'),
    ...unseenReasons(state.alerts, nowMs, 'whether somebody is woken'),
  ];
  const context = [...unseen, ...alerts, ...correctnessNotes(flow)];
  const found = promises.found;

  if (found === undefined || isStale(promises, nowMs)) {
    const why = promises.failure ?? 'no answer has come yet';
    const last =
      found === undefined ? '' : ` What is shown below was found ${formatAge(nowMs - found.atMs)}.`;
    const objectives = `how the objectives stand: ${why}.${last}`;
    return violations.length > 0
      ? {
          verdict: 'no',
          text: `There are orders that are wrong. Nobody can tell ${objectives}`,
          reasons: [...violations, ...context],
        }
      : { verdict: 'unknown', text: `Nobody can tell: ${why}.${last}`, reasons: context };
  }
  const slos = found.value;
  const broken = slos.filter(({ verdict }) => verdict === 'broken');
  if (broken.length > 0 || violations.length > 0) {
    const missed = `${broken.length} of ${slos.length} objectives ${broken.length === 1 ? 'was' : 'were'} missed ${within}.`;
    const text = [
      ...(violations.length > 0 ? ['There are orders that are wrong.'] : []),
      ...(broken.length > 0 ? [missed] : []),
    ].join(' ');
    return { verdict: 'no', text, reasons: [...violations, ...broken.map(brokenReason), ...context] };
  }
  const unmeasured = slos.filter(({ verdict }) => verdict === 'no-data');
  const empty = slos.filter(({ verdict }) => verdict === 'no-events');
  if (unmeasured.length > 0 || empty.length > 0) {
    const text =
      unmeasured.length > 0
        ? `Nobody can tell: of ${unmeasured.length === slos.length ? 'all' : unmeasured.length} of ${slos.length} objectives nothing was measured ${within}.`
        : empty.length === slos.length
          ? `Nobody can tell: no order came ${within}.`
          : `Nobody can tell: ${empty.length} of ${slos.length} objectives had no order to be judged by ${within}.`;
    return { verdict: 'unknown', text, reasons: context };
  }
  const risks = slos.flatMap(riskReasons);
  const what = `All ${slos.length} objectives were met`;
  const gap = gapOf(slos, windowSeconds);
  if (gap !== undefined)
    return {
      verdict: 'unknown',
      text: `${what} while they were measured, but ${gap}.`,
      reasons: [...risks, ...context],
    };
  const young = slos.filter((slo) => coverageOf(slo) === 'since-begin');
  const youngest = Math.min(...young.map(({ measured }) => measured.sinceSeconds));
  const text = young.length === 0 ? `${what} ${within}.` : `${what} ${sinceBegin(youngest)}.`;
  const isAtRisk = risks.length > 0 || unseen.length > 0 || alerts.some(({ tone }) => tone === 'bad');
  return {
    verdict: isAtRisk ? 'at-risk' : 'yes',
    text: isAtRisk ? `${text} But look at what follows.` : text,
    reasons: [...risks, ...context],
  };
}

/** Why verdicts cannot stand for the window, nor for the time since measuring began; undefined where they can. */
function gapOf(slos: readonly SloStatus[], windowSeconds: number): string | undefined {
  const parts = slos.filter((slo) => ['part', 'ended', 'few'].includes(coverageOf(slo)));
  if (parts.length === 0) return undefined;
  if (parts.some((slo) => coverageOf(slo) === 'ended')) return 'nothing is measured now';
  const few = parts.find((slo) => coverageOf(slo) === 'few');
  if (few !== undefined)
    return `${formatCount(few.events)} ${few.events === 1 ? 'order' : 'orders'} ${sinceBegin(few.measured.sinceSeconds)} are too few to tell: of ${few.title} it takes ${formatCount(eventsToTell(few))}`;
  const share = Math.min(...parts.map(({ measured }) => measured.share));
  return `that was only ${formatSpan(Math.round(share * windowSeconds))} of the last ${formatLast(windowSeconds)}`;
}

/** `in the 12 minutes since measuring began` */
export function sinceBegin(seconds: number): string {
  return `in the ${formatLast(seconds)} since measuring began`;
}

/** For how many days what is left of a budget lasts at the burn rate of the window; undefined when nothing burns it. */
export function budgetDaysLeft(slo: SloStatus, windowDays: number): number | undefined {
  const { burnRateWithoutChaos: burnRate, budgetLeft } = slo;
  if (burnRate === undefined || budgetLeft === undefined || burnRate <= 0) return undefined;
  return Math.max(0, (budgetLeft * windowDays) / burnRate);
}

function brokenReason(slo: SloStatus): Reason {
  const { title, badEvents, events, burnRate = 0, burnRateWithoutChaos = burnRate, runbook } = slo;
  const isChaosOnly = burnRateWithoutChaos <= sustainableBurnRate;
  const without = isChaosOnly ? ' Without announced chaos it would have been kept.' : '';
  return {
    tone: 'bad',
    text: `${title}: ${formatCount(badEvents)} of ${formatCount(events)} were bad, ${burnRate.toFixed(1)} times what may be.${without}`,
    runbook: runbookName(runbook),
  };
}

function riskReasons(slo: SloStatus): readonly Reason[] {
  const { title, budgetLeft = 1, burnRateWithoutChaos = 0, runbook } = slo;
  if (budgetLeft < 0) {
    const text = `${title}: more of the budget of 30 days is used up than there was.`;
    return [{ tone: 'bad', text, runbook: runbookName(runbook) }];
  }
  if (burnRateWithoutChaos <= sustainableBurnRate) {
    // Most of the budget went before this window: at a rate that would be sustainable it is gone soon all the same.
    const days = budgetDaysLeft(slo, periodDays);
    if (days === undefined || days >= soonDays) return [];
    const text = `${title}: at this rate what is left of the budget lasts ${formatSpan(days * 86_400)}.`;
    return [{ tone: 'warn', text, runbook: runbookName(runbook) }];
  }
  return [
    {
      tone: 'warn',
      text: `${title}: the budget burns ${burnRateWithoutChaos.toFixed(1)} times as fast as it may.`,
      runbook: runbookName(runbook),
    },
  ];
}

/** What is not known now is no reason to be calm. */
function unseenReasons(part: Part<unknown>, nowMs: number, what: string): readonly Reason[] {
  if (part.found !== undefined && !isStale(part, nowMs)) return [];
  return [{ tone: 'warn', text: `Not known ${what}: ${part.failure ?? 'no answer has come yet'}.` }];
}

function violationsOf(flow: Flow | undefined): readonly Reason[] {
  const { violations = [], ageSeconds = 0 } = flow?.audit ?? {};
  return [...violations].flatMap(([invariant, count]): Reason[] =>
    count > 0
      ? [
          {
            tone: 'bad',
            text: `${formatCount(count)} ${count === 1 ? 'order is' : 'orders are'} ${invariant}: the audit found it ${formatAge(ageSeconds * 1_000)}.`,
            runbook: 'ledger-violation',
          },
        ]
      : [],
  );
}

/** Why nobody is told of an alert, by its key; nothing while that is not known. */
function mutedOf({ muted, nowMs }: PageState): ReadonlyMap<string, string> {
  return (muted === undefined ? undefined : currentOf(muted, nowMs)) ?? new Map();
}

/**
 * An alert about an SLO says no more than the SLO itself; a page is a reason to act all the same, unless somebody has
 * silenced it or another alert explains it.
 */
function alertReasons(alerts: readonly ActiveAlert[], muted: ReadonlyMap<string, string>): readonly Reason[] {
  const firing = alerts.filter(({ state }) => state === 'firing');
  const byName = Map.groupBy(firing, ({ name, key }) => `${name} ${muted.get(key) ?? ''}`);
  const reasons = [...byName.values()].map((all): Reason => {
    const [first] = all;
    const isPage = all.some(({ severity }) => severity === 'page');
    const mute = muted.get(first?.key ?? '');
    const runbook = first?.runbook;
    return {
      tone: mute !== undefined ? 'note' : isPage ? 'bad' : 'warn',
      text: `${isPage ? 'Page' : 'Ticket'} ${first?.name ?? ''}${mute === undefined ? '' : ` (${mute}: nobody is told)`}: ${first?.summary ?? ''}${all.length > 1 ? ` (${all.length} alerts)` : ''}`,
      ...(runbook === undefined ? {} : { runbook }),
    };
  });
  return reasons.toSorted((a, b) => Number(a.tone === 'note') - Number(b.tone === 'note'));
}

function correctnessNotes(flow: Flow | undefined): readonly Reason[] {
  if (flow === undefined || flow.audit !== undefined) return [];
  const text =
    'Nobody checks whether orders are lost or charged twice: no audit has run for two hours. “stormproof watch” runs one again and again.';
  return [{ tone: 'note', text }];
}

/** The runbook's name from its path in the repository. */
export function runbookName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.md$/, '');
}
