import {
  type LoadPhase,
  type LoadShape,
  type PhaseWindow,
  type PlannedShape,
  phaseWindows,
} from '../../verdict/load-shape.ts';

/** What falls due when, as the phases of a load have it. Imports nothing of Node: k6 runs this file too. */
export type Course = {
  /** All that falls due; not rounded. */
  readonly orders: number;
  /**
   * When so many orders have first fallen due, microseconds after the start: the inverse of the integral of the rate, at a
   * pause its beginning. Never decreases; more than {@link orders} are due at the end.
   */
  readonly dueAtUs: (orders: number) => number;
};

/**
 * A phase of D milliseconds from a to b orders a second brings a·t + (b-a)·t²/2D orders in its first t milliseconds, thousandths
 * of them; that is solved for t in the form whose terms do not cancel. Where phases begin is counted in two-thousandths of an
 * order, which are whole numbers: nothing is lost to rounding, however long the load is.
 */
export function courseOf(phases: readonly LoadPhase[]): Course {
  const spans: { phase: LoadPhase; startMs: number; startHalves: number; endHalves: number }[] = [];
  let endMs = 0;
  let endHalves = 0;
  for (const phase of phases) {
    const [startMs, startHalves] = [endMs, endHalves];
    endMs += phase.durationMs;
    endHalves += phase.durationMs * (phase.startRate + phase.endRate);
    spans.push({ phase, startMs, startHalves, endHalves });
  }
  return {
    orders: endHalves / 2_000,
    dueAtUs: (orders) => {
      const halves = orders * 2_000;
      const span = spans.find((one) => halves <= one.endHalves);
      if (span === undefined) return endMs * 1_000;
      return Math.round((span.startMs + msUntil(span.phase, halves - span.startHalves)) * 1_000);
    },
  };
}

/** Milliseconds from a phase's start until so many two-thousandths of an order have fallen due. */
function msUntil({ startRate, endRate, durationMs }: LoadPhase, halves: number): number {
  if (halves <= 0) return 0;
  const slope = (endRate - startRate) / durationMs;
  const root = Math.sqrt(Math.max(0, startRate * startRate + slope * halves));
  return Math.min(durationMs, halves / (startRate + root));
}

/** When each order of a run should be sent; see `recorder/schedule.ts`. */
type Schedule = { readonly planned: number; readonly intendedAtUs: (index: number) => number };

/** In which phase something falls due, as its place in the list of {@link phaseWindows}; what is due later is the last one's. */
export function phaseAt(windows: readonly Pick<PhaseWindow, 'toUs'>[], dueAtUs: number): number {
  const at = windows.findIndex(({ toUs }) => dueAtUs < toUs);
  return at === -1 ? windows.length - 1 : at;
}

/** A shape with how many orders of a schedule fall into each of its phases. */
export function planShape(shape: LoadShape, { planned, intendedAtUs }: Schedule): PlannedShape {
  const windows = phaseWindows(shape);
  /** The first order that is due in a phase or after it: they fall due in their order. */
  const firstFrom = (fromUs: number): number => {
    let [low, high] = [0, planned];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (intendedAtUs(middle) < fromUs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    ...shape,
    phases: shape.phases.map((phase, at) => {
      const { fromUs = 0, toUs = 0 } = windows[at] ?? {};
      return { ...phase, planned: firstFrom(toUs) - firstFrom(fromUs) };
    }),
  };
}
