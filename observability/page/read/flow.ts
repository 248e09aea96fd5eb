import type { InstantSample } from '../../slo/index.ts';
import type { Flow } from '../model.ts';
import { auditSeconds, flowQuestions } from '../questions.ts';
import type { PrometheusClient } from './prometheus.ts';

/**
 * What the platform does with orders now, and did within the window.
 *
 * @throws when Prometheus does not answer, or refuses a query (rejects)
 */
export async function readFlow(prometheus: PrometheusClient, windowSeconds: number): Promise<Flow> {
  const questions = flowQuestions(windowSeconds);
  const names = Object.keys(questions) as (keyof typeof questions)[];
  const answers = await Promise.all(names.map((name) => prometheus.instant(questions[name])));
  const found = Object.fromEntries(names.map((name, at) => [name, answers[at] ?? []]));
  return flowOf(found as Record<keyof typeof questions, readonly InstantSample[]>);
}

/** Puts the answers together. Pure. */
export function flowOf(
  found: Readonly<Record<keyof ReturnType<typeof flowQuestions>, readonly InstantSample[]>>,
): Flow {
  const one = (name: keyof typeof found) => found[name].find(({ value }) => Number.isFinite(value))?.value;
  const by = (name: keyof typeof found, label: string) =>
    new Map(found[name].map(({ labels, value }) => [labels[label] ?? '', value]));
  const optional = <Name extends string>(name: Name, value: number | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: number };
  const replayed = one('replayed');
  const auditAge = one('auditAge');
  return {
    answers: new Map([
      ...by('answers', 'result'),
      ...(replayed === undefined ? [] : [['replayed', replayed] as const]),
    ]),
    ...optional('stored', one('stored')),
    ...optional('charged', one('charged')),
    settled: by('settled', 'state'),
    consumers: found.waiting.map(({ labels, value }) => {
      const { consumer = '', stream = '' } = labels;
      const inHand = found.inHand.find((other) => isSame(other.labels, labels, ['consumer', 'stream']));
      return { consumer, stream, waiting: value, ...optional('inHand', inHand?.value) };
    }),
    projections: found.projections.map(({ labels, value }) => {
      return { instance: labels.instance ?? '', stream: labels.stream ?? '', behind: value };
    }),
    breakers: found.breakers
      .map(({ labels }) => ({ instance: labels.instance ?? '', state: labels.state ?? '' }))
      .toSorted((a, b) => (a.instance < b.instance ? -1 : 1)),
    faults: found.faults.map(({ labels }) => ({ fault: labels.fault ?? '', subject: labels.subject ?? '' })),
    windows: found.windows.map(({ labels, value }) => ({ window: labels.window ?? '', isOpen: value === 1 })),
    ...optional('excludedSeconds', one('excludedSeconds')),
    ...(found.violations.length === 0 || auditAge === undefined || auditAge > auditSeconds
      ? {}
      : { audit: { violations: by('violations', 'invariant'), ageSeconds: auditAge } }),
    telemetry: found.telemetry
      .map(({ labels, value }) => ({
        ...{ service: labels.job ?? '', instance: labels.instance ?? labels.job ?? '' },
        ageSeconds: value,
      }))
      .toSorted((a, b) => (a.instance < b.instance ? -1 : 1)),
  };
}

function isSame(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
  labels: readonly string[],
): boolean {
  return labels.every((label) => a[label] === b[label]);
}
