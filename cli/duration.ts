import { InvalidArgumentError } from 'commander';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A commander parser for durations such as `90s`, `10m`, `2h` or `3d`. @returns seconds */
export function parseDuration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new InvalidArgumentError('Expected a duration such as 90s, 10m, 2h or 3d.');
  }
  return Number(count) * (unitSeconds[unit] ?? 1);
}
