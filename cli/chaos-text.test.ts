import pc from 'picocolors';
import { expect, test } from 'vitest';
import { coverageOf, experimentNamed, faultKinds, planExperiment } from '../chaos/index.ts';
import { platform } from '../topology/index.ts';
import { renderCoverage, renderExperiment, renderExperimentList, renderSuite } from './chaos-text.ts';

const plan = experimentNamed('partition-majority');

test('the list says what each experiment is to show', () => {
  const { name, hypothesis } = experimentNamed('leader-killed');
  expect(renderExperimentList([experimentNamed('leader-killed')])).toBe(`${name}  ${hypothesis}`);
});

test('an experiment says before it runs what it will do, how far it reaches and what ends it', () => {
  const experiment = planExperiment(plan, { settings: { holdMs: 5_000 }, load: { durationSeconds: 20 } });
  const text = renderExperiment(plan, experiment, pc.createColors(false)).replaceAll(/\s+/g, ' ');
  expect(text).toContain('500 orders/s for 20 s (--rate, --for)');
  expect(text).toContain('holdMs 8000 1000 to 600000 ms how long the fault holds');
  expect(text).toContain('+5.00 s for 5.00 s partition (broker nats-0, direction both) and partition');
  expect(text).toContain('1 of each service at one time; 2 brokers');
  expect(text).toContain('none is accepted for 40.0 s');
});

test('a suite ends with what became of each experiment', () => {
  const rows = [
    { name: 'storm', verdict: 'PASS', runId: 'storm-1' },
    { name: 'leader-killed', verdict: 'FAIL', runId: 'leader-killed-1' },
  ] as const;
  expect(renderSuite(rows, pc.createColors(false))).toBe(
    'storm          PASS  storm-1\nleader-killed  FAIL  leader-killed-1',
  );
});

test('the matrix tells what is done from what could be done and what cannot', () => {
  const faults = { kill: faultKinds.kill, partition: faultKinds.partition };
  const rows = renderCoverage(coverageOf(platform, faults, [plan])).split('\n');
  const row = (subject: string) =>
    rows
      .find((line) => line.startsWith(`${subject} `))
      ?.slice(subject.length)
      .trim();
  expect(row('nats-nats')).toBe('●');
  expect(row('nats')).toBe('·');
  expect(rows.find((line) => line.trimEnd() === 'payment-psp')).toBeDefined();
});
