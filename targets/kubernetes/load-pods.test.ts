import type { V1CronJob, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { jobName, jobOf, seatsOf } from './load-pods.ts';

const template: V1CronJob = {
  spec: {
    schedule: '0 0 30 2 *',
    suspend: true,
    jobTemplate: {
      metadata: { labels: { 'app.kubernetes.io/name': 'load' } },
      spec: {
        ...{ completionMode: 'Indexed', completions: 1, parallelism: 1, backoffLimitPerIndex: 0 },
        template: { spec: { containers: [{ name: 'load', image: 'services' }] } },
      },
    },
  },
};

describe('the Job of a load', () => {
  test('is as the stack describes it, with as many pods as are wanted, and ends by itself', () => {
    const job = jobOf(template, { name: 'load-1', count: 4, loadSeconds: 60.5 });
    expect(job.metadata).toEqual({ name: 'load-1', labels: { 'app.kubernetes.io/name': 'load' } });
    expect(job.spec).toEqual({
      ...template.spec?.jobTemplate.spec,
      ...{ completions: 4, parallelism: 4, activeDeadlineSeconds: 1_861 },
    });
  });

  test.each([undefined, {}, { spec: undefined }])('cannot be made where the stack has none: %j', (found) => {
    expect(() => jobOf(found as V1CronJob | undefined, { name: 'x', count: 1, loadSeconds: 1 })).toThrow(
      /expected the CronJob load\); run `pulumi up`/,
    );
  });

  test.each([
    ['load-20261121-192436-658e', 'load-load-20261121-192436-658e'],
    ['broker_X.y-1', 'load-broker-x-y-1'],
  ])('of the run %s has a name that Kubernetes takes', (runId, name) => {
    expect(jobName(runId)).toBe(name);
  });

  test('of a run with a long name has one that leaves room for its pods, and is its own', () => {
    const runs = ['1', '2'].map((at) =>
      jobName(`an-experiment-with-a-very-long-name-indeed-20261121-192436-000${at}`),
    );
    for (const name of runs) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,49}$/);
    expect(runs[0]).not.toBe(runs[1]);
  });
});

describe('the pods of a load', () => {
  const pod = (index: number, state: object, changes: object = {}): V1Pod => ({
    metadata: {
      name: `load-${index}-abcde`,
      labels: {
        'app.kubernetes.io/name': 'load',
        'batch.kubernetes.io/job-completion-index': String(index),
      },
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        { ...{ name: 'load', image: '', imageID: '', ready: true, restartCount: 0 }, state },
      ] as never,
      ...changes,
    },
  });
  const running = { running: { startedAt: new Date(0) } };

  test('are told by their index, whichever comes first', () => {
    const pods = [pod(10, running), pod(2, running), pod(0, running)];
    expect(seatsOf(pods)).toEqual({
      running: ['load-0-abcde', 'load-2-abcde', 'load-10-abcde'],
      waiting: [],
      failed: [],
    });
  });

  test('that do not run yet say why', () => {
    const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
    expect(seatsOf([pod(0, running), pod(1, waiting, { phase: 'Pending' })])).toEqual({
      running: ['load-0-abcde'],
      waiting: ['load-1-abcde: ImagePullBackOff: no such image'],
      failed: [],
    });
  });

  test('that have failed run no more', () => {
    const failed = pod(0, { terminated: { exitCode: 2, reason: 'Error' } }, { phase: 'Failed' });
    expect(seatsOf([failed]).failed).toEqual(['load-0-abcde: it is ending']);
  });
});
