import { describe, expect, it } from 'vitest';
import type { LiveObject } from './cluster.ts';
import { troublesOf } from './pods.ts';
import { readinessOf } from './readiness.ts';

function live(kind: string, spec: object, status: object): LiveObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', generation: 2 },
    spec: { ...spec },
    status: { ...status },
  };
}

const rolledOut = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

describe('a Deployment', () => {
  it.each([
    ['ready', {}],
    ['waiting', { observedGeneration: 1 }],
    ['waiting', { updatedReplicas: 1 }],
    ['waiting', { availableReplicas: 1 }],
    ['waiting', { replicas: 3 }],
    [
      'failed',
      { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
    ],
  ])('is %s with %o', (state, changes) => {
    expect(readinessOf(live('Deployment', { replicas: 2 }, { ...rolledOut, ...changes })).state).toBe(state);
  });

  it('has one pod where it says nothing, and may have none', () => {
    expect(readinessOf(live('Deployment', {}, { observedGeneration: 2 })).state).toBe('waiting');
    expect(readinessOf(live('Deployment', { replicas: 0 }, { observedGeneration: 2 })).state).toBe('ready');
  });
});

describe('a StatefulSet', () => {
  const running = { observedGeneration: 2, availableReplicas: 3, currentRevision: 'b', updateRevision: 'b' };

  it.each([
    ['ready', {}],
    ['waiting', { observedGeneration: 1 }],
    ['waiting', { availableReplicas: 2 }],
    ['waiting', { currentRevision: 'a' }],
  ])('is %s with %o', (state, changes) => {
    expect(readinessOf(live('StatefulSet', { replicas: 3 }, { ...running, ...changes })).state).toBe(state);
  });
});

describe('a Job', () => {
  it.each([
    ['waiting', []],
    ['ready', [{ type: 'Complete', status: 'True' }]],
    ['failed', [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }]],
  ])('is %s with the conditions %o', (state, conditions) => {
    expect(readinessOf(live('Job', {}, { conditions })).state).toBe(state);
  });
});

describe('any other object', () => {
  it('is ready once it is there', () => {
    expect(readinessOf(live('ConfigMap', {}, {}))).toEqual({ state: 'ready' });
  });
});

describe('a pod in trouble', () => {
  it('is told with what each container says', () => {
    const pod = live(
      'Pod',
      {},
      {
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }],
        initContainerStatuses: [
          { name: 'before', ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
        ],
        containerStatuses: [
          { name: 'fine', ready: true, state: { running: {} } },
          { name: 'slow', ready: false, state: { running: {} } },
          { name: 'dead', ready: false, state: { terminated: { exitCode: 2, reason: 'Error' } } },
          { name: 'stuck', ready: false, state: { waiting: { reason: 'ErrImageNeverPull' } } },
        ],
      },
    );
    expect(troublesOf(pod)).toEqual([
      'pod x: 0/1 nodes are available',
      'pod x, container slow: runs, but is not ready',
      'pod x, container dead: ended with 2 (Error)',
      'pod x, container stuck: ErrImageNeverPull',
    ]);
  });
});
