import type { Journal, ReportPhase } from '../../verdict/index.ts';
import { createNotes } from './notes.ts';

/** The phases of a run, as they happen. */
export type PhaseLog = {
  /** Ends the phase that is under way, if any, and begins another. */
  begin(name: string): Promise<void>;
  /** Says how the phase under way went; the last word counts. */
  remark(text: string): void;
  /** Ends the last phase. */
  end(): readonly ReportPhase[];
};

export function createPhaseLog(options: {
  readonly journal: Pick<Journal, 'append'>;
  readonly nowMs: () => number;
  readonly onPhase: (name: string) => void;
}): PhaseLog {
  const notes = createNotes(options.journal);
  const phases: ReportPhase[] = [];
  let current: { readonly name: string; readonly startedAtMs: number; remark: string } | undefined;
  const close = () => {
    if (current !== undefined) phases.push({ ...current, endedAtMs: options.nowMs() });
    current = undefined;
  };
  return {
    async begin(name) {
      close();
      current = { name, startedAtMs: options.nowMs(), remark: '' };
      options.onPhase(name);
      await notes.append({ type: 'phase', name });
    },
    remark(text) {
      if (current !== undefined) current.remark = text;
    },
    end() {
      close();
      return phases;
    },
  };
}
