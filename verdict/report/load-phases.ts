import type { ReportKnee, ReportLoad, ReportLoadPhase } from './model.ts';
import { formatCount } from './table.ts';

/** A phase of a load as a row of a table, for whatever draws it. */
export type LoadPhaseRow = {
  readonly cells: readonly string[];
  /** How it kept the promises, in a few words. */
  readonly promises: string;
  /** `bad` and `good` only where it was held to them. */
  readonly tone: 'good' | 'bad' | 'warn' | 'soft';
};

/** The heads of {@link loadPhaseRows}' columns; the last is about the promises. */
export function loadPhaseHead([first]: readonly ReportLoadPhase[]): readonly string[] {
  return ['', 'orders/s', 'planned', 'sent', 'accepted', `≤ ${first?.withinMs ?? 0} ms`, '201', 'promises'];
}

export function loadPhaseRows(phases: readonly ReportLoadPhase[]): readonly LoadPhaseRow[] {
  return phases.map((phase) => {
    const { name, planned, attempted, accepted, withinShare, acceptedShare } = phase;
    return {
      cells: [
        ...[name, rates(phase), formatCount(planned), formatCount(attempted), formatCount(accepted)],
        ...[share(withinShare), share(acceptedShare)],
      ],
      ...promisesOf(phase),
    };
  });
}

const words = { met: 'kept', 'not-met': 'broken', unknown: 'not known', 'not-applicable': '' } as const;
const tones = { met: 'good', 'not-met': 'bad', unknown: 'warn', 'not-applicable': 'soft' } as const;

function promisesOf({ promises: { status }, isJudged }: ReportLoadPhase): Omit<LoadPhaseRow, 'cells'> {
  return isJudged
    ? { promises: words[status], tone: tones[status] }
    : { promises: `${words[status]} (not asked)`, tone: 'soft' };
}

/** `2,000 → 10,000`, or one rate. */
function rates({ startRate, endRate }: ReportLoadPhase): string {
  if (startRate === endRate) return formatCount(startRate);
  return `${formatCount(startRate)} → ${formatCount(endRate)}`;
}

/** Rounded down: what falls short of everything never looks as if it did not. */
function share(value: number | undefined): string {
  return value === undefined ? '-' : `${(Math.floor(value * 1e4) / 1e2).toFixed(2)} %`;
}

/** What was found of the knee, as a sentence. */
export function kneeWords({ step, rate, above }: ReportKnee): string {
  if (rate === undefined) return 'No knee: not even the lowest step kept the promises.';
  const knee = `The knee is at ${formatCount(rate)} orders/s (${step})`;
  if (above === undefined) return `${knee} or above: no step went further.`;
  if (above.status === 'not-met') return `${knee}: the next step broke the promises, ${above.detail}.`;
  return `${knee} or above: nobody knows of the next step${above.status === 'unknown' ? `, ${above.detail}` : ''}.`;
}

/** What was to be sent, and how: `black-friday: 5,350 orders planned, up to 500/s, 17.5 s, by k6, 10 in a request`. */
export function loadWords({ manifest }: ReportLoad): string {
  const { rate, durationSeconds, planned, client, shape, ordersPerRequest, calibration, generators } =
    manifest;
  const plan = `${formatCount(planned)} orders planned`;
  const requests = ordersPerRequest === undefined ? '' : `, ${ordersPerRequest} in a request`;
  const cost = calibration?.cpuUsPerRequest;
  const alone = cost === undefined ? '' : ` (which alone costs ${cost.toFixed(0)} µs a request)`;
  const senders = generators === undefined ? client : `${generators} ${client}s`;
  const sender = `by ${senders}${alone}${requests}`;
  if (shape === undefined) return `${plan}, ${formatCount(rate)}/s for ${durationSeconds} s ${sender}`;
  return `${shape.name}: ${plan}, up to ${formatCount(rate)}/s, ${durationSeconds} s ${sender}`;
}
