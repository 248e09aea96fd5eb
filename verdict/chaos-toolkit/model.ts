/**
 * The journal of a Chaos Toolkit run, as far as their readers look into it. From what chaostoolkit-lib 1.44.0 writes
 * (`chaoslib/run.py`, `activity.py`, `hypothesis.py`) and checks (`experiment.py`), and chaostoolkit-reporting 0.18.0 reads.
 *
 * Times are ISO 8601, durations seconds.
 */
export type ChaosToolkitJournal = {
  readonly 'chaoslib-version': string;
  readonly platform: string;
  readonly node: string;
  readonly experiment: {
    readonly title: string;
    readonly description: string;
    readonly tags: readonly string[];
    readonly 'steady-state-hypothesis': {
      readonly title: string;
      readonly probes: readonly HypothesisProbe[];
    };
    readonly method: readonly Activity[];
    readonly rollbacks: readonly Activity[];
    /** Each has a name; the rest is its own. */
    readonly extensions: readonly { readonly name: string; readonly [key: string]: unknown }[];
  };
  readonly start: string;
  readonly end: string;
  readonly duration: number;
  readonly status: Status;
  /** The steady state was not met after the run: a weakness was found. */
  readonly deviated: boolean;
  readonly steady_states: {
    readonly before: HypothesisState;
    readonly after: HypothesisState;
    readonly during: readonly HypothesisState[];
  };
  readonly run: readonly Execution[];
  readonly rollbacks: readonly Execution[];
};

export type Status = 'completed' | 'failed' | 'aborted' | 'interrupted';

export type Activity = {
  readonly type: 'action' | 'probe';
  readonly name: string;
  readonly provider: {
    readonly type: 'process';
    readonly path: string;
    readonly arguments: readonly string[];
  };
};

export type HypothesisProbe = Activity & { readonly tolerance: number };

/** An activity that was carried out. */
export type Execution = {
  readonly activity: Activity;
  readonly output: unknown;
  readonly start: string;
  readonly end: string;
  readonly duration: number;
  readonly status: 'succeeded' | 'failed';
  /** Lines; present where it failed. */
  readonly exception?: readonly string[];
};

export type HypothesisState = {
  readonly steady_state_met: boolean;
  readonly probes: readonly (Execution & {
    readonly activity: HypothesisProbe;
    readonly tolerance_met: boolean;
  })[];
};
