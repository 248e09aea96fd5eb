const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `12,345`: whole, with thousands apart. */
export function formatCount(count: number): string {
  return counts.format(Math.round(count));
}

/** `99.950 %`. What is not all is never written as `100 %`. */
export function formatShare(share: number | undefined, digits: number): string {
  if (share === undefined) return '–';
  const text = (share * 100).toFixed(digits);
  if (share < 1 && Number(text) === 100) return `${(100 - 10 ** -digits).toFixed(digits)} %`;
  return `${text.replace('-', '−')} %`;
}

/** `0.8×`, `14×`: how many times faster than allowed. */
export function formatTimes(times: number | undefined): string {
  if (times === undefined) return '–';
  if (times > 0 && times < 0.01) return '< 0.01×';
  return `${times >= 10 ? times.toFixed(0) : times.toFixed(times >= 0.095 || times === 0 ? 1 : 2)}×`;
}

/** A duration to three digits or so: `0 s`, `850 µs`, `12.3 ms`, `4.56 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${short(seconds * 1e3)} ms`;
  return seconds < 120 ? `${short(seconds)} s` : formatSpan(seconds);
}

function short(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** `45 s`, `15 minutes`, `1 hour`, `3.5 days`: how long, to read. */
export function formatSpan(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5_400 && seconds !== 3_600) return plural(Math.round(seconds / 60), 'minute');
  if (seconds < 172_800) return plural(Math.round(seconds / 360) / 10, 'hour');
  return plural(Math.round(seconds / 8_640) / 10, 'day');
}

/** A span after “the last”: `hour`, `15 minutes`. */
export function formatLast(seconds: number): string {
  return formatSpan(seconds).replace(/^1 /, '');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `just now`, `12 s ago`. */
export function formatAge(ms: number): string {
  return ms < 2_000 ? 'just now' : `${formatSpan(ms / 1_000)} ago`;
}

/** `2026-11-22T14:03:21.000Z`; `–` for what is no time that a calendar knows: others write what is shown here. */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? '–' : time.toISOString();
}

/** `14:03:21` in UTC. */
export function formatClock(ms: number): string {
  return timeParts(ms)?.clock ?? '–';
}

/** `21 Nov 14:03` in UTC. */
export function formatDay(ms: number): string {
  const parts = timeParts(ms);
  if (parts === undefined) return '–';
  const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  return `${Number(parts.day)} ${names[Number(parts.month) - 1] ?? ''} ${parts.clock.slice(0, 5)}`;
}

/** Years past 9999 have more digits. */
function timeParts(ms: number) {
  const [, month = '', day = '', clock = ''] =
    /^[+-]?\d+-(\d\d)-(\d\d)T([\d:]{8})/.exec(formatTime(ms)) ?? [];
  return clock === '' ? undefined : { month, day, clock };
}
