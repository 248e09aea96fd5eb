import pc from 'picocolors';
import { expect, test } from 'vitest';
import { experimentNamed, planExperiment } from '../chaos/index.ts';
import { renderExperiment, renderExperimentList } from './chaos-text.ts';

const plan = experimentNamed('partition-majority');

test('the list says what each experiment is to show, and what the suites hold', () => {
  const { name, hypothesis } = experimentNamed('leader-killed');
  const plans = [experimentNamed('leader-killed'), plan];
  const text = renderExperimentList(plans, { few: [plan], full: plans });
  expect(text.split('\n').slice(0, 2)).toEqual([
    'few                 a suite: partition-majority',
    'full                a suite of them all, but for those that try alerts',
  ]);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`${name} ${hypothesis}`);
});

test('an experiment says before it runs what it will do, how far it reaches and what ends it', () => {
  const experiment = planExperiment(plan, { settings: { holdMs: 5_000 }, load: { durationSeconds: 20 } });
  const text = renderExperiment(plan, experiment, pc.createColors(false)).replaceAll(/\s+/g, ' ');
  expect(text).toContain('500 orders/s for 20 s (--rate, --for)');
  expect(text).toContain('holdMs 8000 1000 to 600000 ms how long the fault holds');
  expect(text).toContain('+4.00 s for 5.00 s partition (broker nats-0, direction both) and partition');
  expect(text).toContain('1 of each service at one time; 2 brokers');
  expect(text).toContain('none is accepted for 40.0 s');
});
