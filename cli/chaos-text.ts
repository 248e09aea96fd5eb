import type { Experiment, ExperimentPlan, FaultRequest, Parameters } from '../chaos/index.ts';
import { renderRange } from '../chaos/index.ts';
import { describeAlert, describeExpectations } from '../verdict/index.ts';
import { formatDuration, renderTable, wrapText } from '../verdict/report/table.ts';
import type { Terminal } from './terminal.ts';

type Colors = Terminal['colors'];

const columns = 100;

/** `chaos list`: every experiment with its hypothesis, and what the suites hold. */
export function renderExperimentList(
  plans: readonly ExperimentPlan[],
  suites: Readonly<Record<string, readonly ExperimentPlan[]>>,
): string {
  const calm = plans.filter(({ alerts }) => alerts === undefined);
  const contents = Object.entries(suites).map(([name, held]) => [
    name,
    calm.every((plan) => held.includes(plan))
      ? 'a suite of them all, but for those that try alerts'
      : `a suite: ${held.map((plan) => plan.name).join(', ')}`,
  ]);
  const hypotheses = plans.map(({ name, hypothesis }) => [name, hypothesis]);
  return renderTable([...contents, ...hypotheses], 'll', 0, columns).join('\n');
}

/** `chaos show`: all that decides what a run does. */
export function renderExperiment(plan: ExperimentPlan, experiment: Experiment, colors: Colors): string {
  const { load, tolerance, bounds, aborts, blastRadius } = experiment;
  const radius = [
    `${blastRadius.instancesMax ?? 1} of each service at one time`,
    blastRadius.brokersMax === undefined
      ? 'never a majority of the brokers'
      : `${blastRadius.brokersMax} brokers`,
  ];
  const tolerated =
    tolerance.unacceptedMax === 0
      ? 'every order is accepted within its retries'
      : `${tolerance.unacceptedMax} orders may never be accepted`;
  const expected = tolerance.expected.map((invariant) => `the audit must find ${invariant}`);
  return [
    [colors.bold(plan.name), ...wrapText(experiment.hypothesis, columns, 2)],
    [colors.bold('Load'), `  ${load.rate} orders/s for ${load.durationSeconds} s (--rate, --for)`],
    [colors.bold('Parameters (--set)'), ...renderParameters(plan.parameters)],
    [colors.bold('Steps'), ...renderSteps(experiment)],
    [
      colors.bold('Tolerance'),
      ...wrapText(['nothing lost, nothing doubled', tolerated, ...expected].join('; '), columns, 2),
    ],
    [
      colors.bold('Bounds'),
      `  steady before within ${ms(bounds.steadyMs)}, victims ready again within ${ms(bounds.recoveryMs)}, settled within ${ms(bounds.drainMs)},`,
      `  as before within ${ms(bounds.recoverMs)} of healing${bounds.detectMs === undefined ? '' : `, noticed within ${ms(bounds.detectMs)}`}`,
      ...describeExpectations(experiment.expects).flatMap((name) => wrapText(name, columns, 2, 4)),
      ...(experiment.alerts?.expected ?? []).flatMap((one) =>
        wrapText(`the alert ${describeAlert(one)} fires and ends in its time`, columns, 2, 4),
      ),
    ],
    [
      colors.bold('Aborted when'),
      `  orders are unreachable for ${ms(aborts.unreachableMs)}, none is accepted for ${ms(aborts.starvedMs)},`,
      ...(aborts.failedShareMax < 1
        ? [`  more than ${Math.round(aborts.failedShareMax * 100)} % of all sends fail,`]
        : []),
      `  or the disk has less than ${Math.floor(aborts.diskFreeBytesMin / 2 ** 20)} MiB left`,
    ],
    [colors.bold('Blast radius'), `  ${radius.join('; ')}`],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function renderParameters(parameters: Parameters): readonly string[] {
  const rows = Object.entries(parameters).map(([name, parameter]) => [
    name,
    parameter.default === undefined ? '' : String(parameter.default),
    renderRange(parameter),
    parameter.meaning,
  ]);
  return rows.length === 0 ? ['  none'] : renderTable(rows, 'lrll', 2, columns);
}

/** The steps of an experiment, a row each: when, for how long, what. */
export function renderSteps({ steps, load }: Experiment): readonly string[] {
  if (steps.length === 0) return ['  nothing is broken'];
  const rows = steps.map(({ at, faults, holdMs }) => [
    `+${ms(at * load.durationSeconds * 1_000)}`,
    `for ${ms(holdMs)}`,
    faults.map(renderRequest).join(' and '),
  ]);
  return renderTable(rows, 'lll', 2, columns);
}

/** `latency (edge payment-psp, latencyMs 300)`. */
export function renderRequest({ fault, request }: FaultRequest): string {
  const parts = Object.entries(request).map(([key, value]) =>
    typeof value === 'object' ? `the leader of ${value.leaderOf}` : `${key} ${value}`,
  );
  return parts.length === 0 ? fault : `${fault} (${parts.join(', ')})`;
}

const ms = (milliseconds: number) => formatDuration(milliseconds * 1_000);
