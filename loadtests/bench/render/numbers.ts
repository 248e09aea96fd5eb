import { formatCount } from '../../../verdict/report/table.ts';
import type { Spread } from '../statistics.ts';

/** What stands in a cell that has no figure. */
export const none = '–';

/** To three digits: `13,700`, `27.3`, `4.05`. */
export function formatFigure(value: number): string {
  if (value < 0) return `−${formatFigure(-value)}`;
  if (value >= 100) return formatCount(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `5,980 – 6,120 – 6,300`: least, median and most of the rounds; one figure where there was one round. */
export function formatSpread(spread: Spread | undefined, suffix = ''): string {
  if (spread === undefined) return none;
  const texts = [spread.min, spread.median, spread.max].map(formatFigure);
  if (new Set(texts).size === 1) return `${texts[0]}${suffix}`;
  return `${texts.join(' – ')}${suffix}`;
}

/** A ratio, with the bound that stands before it. */
export function formatRatio(bound: string, spread: Spread | undefined): string {
  return spread === undefined ? none : bound + formatSpread(spread, ' ×');
}

export function formatMedian(spread: Spread | undefined): string {
  return spread === undefined ? none : formatFigure(spread.median);
}

/** `+2.35 µs`, with its sign; least, median and most of the rounds as {@link formatSpread} has them. */
export function formatDifference(spread: Spread | undefined, unit: string): string {
  if (spread === undefined) return none;
  const texts = [spread.min, spread.median, spread.max].map(
    (value) => `${value < 0 ? '−' : '+'}${formatFigure(Math.abs(value))}`,
  );
  return `${new Set(texts).size === 1 ? texts[0] : texts.join(' … ')} ${unit}`;
}
