import type { ReportSeries } from '../../verdict/index.ts';
import type { BytesPerOrder } from '../bench/results.ts';
import { atLeast, figure, type ProofCheck } from './checks.ts';
import { soakLimits } from './lines.ts';
import { fitLine, percent, type Span, within } from './memory.ts';

/** By how much something grew, bytes. */
type Growth = { readonly streams: number; readonly files: number };

/**
 * Whether disks filled as a calibration predicts. Messages in streams must be near what was predicted, either way; all files may take
 * less, since logs are compacted. Pure.
 *
 * @param perOrder of the calibration
 */
export function judgeDisk(perOrder: BytesPerOrder, found: Growth, orders: number): readonly ProofCheck[] {
  const { streams, brokersOther, databases } = perOrder;
  return [
    judgeBytes({
      name: `messages in streams are as predicted, ± ${percent(soakLimits.streamsShareMax)}`,
      ...{ predicted: streams * orders, found: found.streams },
      ...{ below: soakLimits.streamsShareMax, above: soakLimits.streamsShareMax },
    }),
    judgeBytes({
      name: `all files are as predicted, or less, + ${percent(soakLimits.filesShareMax)}`,
      ...{ predicted: (streams + brokersOther + databases) * orders, found: found.files },
      ...{ below: Number.POSITIVE_INFINITY, above: soakLimits.filesShareMax },
    }),
  ];
}

/** Bytes per order follow from how many orders share a message, and so from how busy the machine is. */
function judgeBytes(bytes: {
  readonly name: string;
  readonly predicted: number;
  readonly found: number;
  readonly below: number;
  readonly above: number;
}): ProofCheck {
  const row = { name: bytes.name, restsOnSpeed: true, needsFullSize: true };
  if (!(bytes.predicted > 0)) {
    return { ...row, found: '', check: { status: 'unknown', detail: 'the calibration predicts nothing' } };
  }
  const share = bytes.found / bytes.predicted - 1;
  const found = `${megabytes(bytes.found)}, predicted ${megabytes(bytes.predicted)}`;
  if (share <= bytes.above && share >= -bytes.below) return { ...row, found, check: { status: 'met' } };
  return { ...row, found, check: { status: 'not-met', detail: found } };
}

const megabytes = (bytes: number) => figure(bytes / 1e6, 'MB');

const lookedAt = ['backlog', 'projection lag'] as const;
const looksMin = 10;

/** Whether what waits for payment and for projections grows over a span, by the line through what was seen. Pure. */
export function judgeLag(series: readonly ReportSeries[], span: Span): ProofCheck {
  const row = { name: `what waits rises by at most ${soakLimits.lagRiseMax}`, restsOnSpeed: true };
  const minutes = (span.toMs - span.fromMs) / 60_000;
  const rises = lookedAt.flatMap((name) => {
    const ofName = series.filter((one) => one.name === name);
    if (ofName.length === 0) return [{ what: name, rise: undefined }];
    return ofName.map(({ subject, points }) => {
      const seen = within(points, span);
      const line = seen.length < looksMin ? undefined : fitLine(seen);
      return { what: `${name} of ${subject}`, rise: line && line.perMinute * minutes };
    });
  });
  const unseen = rises.filter(({ rise }) => rise === undefined).map(({ what }) => what);
  if (unseen.length > 0) {
    return { ...row, found: '', check: { status: 'unknown', detail: `hardly seen: ${unseen.join(', ')}` } };
  }
  const told = rises.map(({ what, rise = 0 }) => `${what} ${rise < 0 ? '' : '+'}${rise.toFixed(1)}`);
  const growing = told.filter((_, at) => (rises[at]?.rise ?? 0) > soakLimits.lagRiseMax);
  const found = told.join(', ');
  if (growing.length === 0) return { ...row, found, check: { status: 'met' } };
  return { ...row, found, check: { status: 'not-met', detail: growing.join(', ') } };
}

/** What a replica did after everything had been killed and its projection deleted. */
export type Rebuild = {
  readonly orders: number;
  /** From when it began to listen until it was ready; undefined when it never was. */
  readonly seconds: number | undefined;
};

/** Whether projections come back, and how fast. Pure. */
export function judgeRebuild({ orders, seconds }: Rebuild): readonly ProofCheck[] {
  const isBack = seconds !== undefined;
  const perSecond = isBack && seconds > 0 ? orders / seconds : undefined;
  return [
    {
      name: 'everything that was killed comes back',
      found: isBack ? figure(seconds, 's to rebuild') : '',
      check: isBack ? { status: 'met' } : { status: 'not-met', detail: 'the projection was never ready' },
      restsOnSpeed: false,
    },
    atLeast({
      name: 'projections are rebuilt at',
      value: perSecond,
      unit: 'orders/s',
      min: soakLimits.rebuiltPerSecondMin,
      needsFullSize: true,
    }),
  ];
}
