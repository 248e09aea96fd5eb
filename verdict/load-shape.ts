/** How the rate of a load goes: from phase to phase, and in a straight line within each. */
export type LoadShape = {
  readonly name: string;
  /** At least one, in their order. */
  readonly phases: readonly LoadPhase[];
  /** Whether the phases are steps of which the highest is sought that still keeps the promises. */
  readonly findsKnee?: boolean;
};

export type LoadPhase = {
  readonly name: string;
  /** Orders per second when it begins and when it ends; whole numbers. A jump lies between two phases. */
  readonly startRate: number;
  readonly endRate: number;
  /** Whole milliseconds, at least one. */
  readonly durationMs: number;
  /** Whether what is promised to customers must hold in it; an overload is there to see what gives. */
  readonly isJudged: boolean;
};

/** A shape with how many orders a generator was to send in each phase, as the run's manifest has it. */
export type PlannedShape = Omit<LoadShape, 'phases'> & {
  readonly phases: readonly (LoadPhase & { readonly planned: number })[];
};

/** The highest rate of all phases, orders per second. */
export function peakRate({ phases }: Pick<LoadShape, 'phases'>): number {
  return Math.max(...phases.flatMap(({ startRate, endRate }) => [startRate, endRate]));
}

/** How long all phases take together, milliseconds. */
export function totalMs({ phases }: Pick<LoadShape, 'phases'>): number {
  return phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** When a phase is, microseconds after the run's start. */
export type PhaseWindow = {
  readonly name: string;
  readonly fromUs: number;
  /** Not included. */
  readonly toUs: number;
};

/** When each phase is. What falls due at the very end belongs to the last one. */
export function phaseWindows({ phases }: Pick<LoadShape, 'phases'>): readonly PhaseWindow[] {
  let fromUs = 0;
  return phases.map(({ name, durationMs }, at) => {
    const toUs = fromUs + durationMs * 1_000;
    const window = { name, fromUs, toUs: at === phases.length - 1 ? toUs + 1 : toUs };
    fromUs = toUs;
    return window;
  });
}
