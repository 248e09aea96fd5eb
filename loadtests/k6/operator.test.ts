import { describe, expect, it } from 'vitest';
import { type OperatedLoad, operatorManifests } from './operator.ts';

const load: OperatedLoad = {
  ...{ runId: 'load-1', ordersPerRequest: 10, seed: 1, urls: ['http://order.shop.svc:8080'], parallelism: 4 },
  shape: {
    name: 'x',
    phases: [{ name: 'x', startRate: 0, endRate: 40_000, durationMs: 1_000, isJudged: true }],
  },
};
const options = { namespace: 'stormproof-load', image: 'docker.io/grafana/k6:2.2.0' };
const archive = Buffer.from('an archive');

describe('what the k6-operator is given', () => {
  const [configMap, testRun] = operatorManifests(load, archive, options);

  it('is the archive, and a test that has several runners execute it', () => {
    expect(configMap).toEqual({
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: { name: 'load-1', namespace: 'stormproof-load' },
      binaryData: { 'archive.tar': archive.toString('base64') },
    });
    expect(testRun).toMatchObject({
      ...{ apiVersion: 'k6.io/v1alpha1', kind: 'TestRun' },
      metadata: configMap.metadata,
      spec: {
        parallelism: 4,
        script: { configMap: { name: 'load-1', file: 'archive.tar' } },
        arguments: '--no-usage-report --log-format=raw',
        runner: { image: options.image },
      },
    });
  });

  it('has nothing in it that the API of the operator does not know', () => {
    // grafana/k6-operator, api/v1alpha1/testrun_types.go: TestRunSpec and Pod.
    const ofSpec = ['script', 'parallelism', 'separate', 'arguments', 'initializer', 'starter', 'runner'];
    const ofPod = ['image', 'env', 'resources', 'securityContext', 'containerSecurityContext'];
    expect(ofSpec).toEqual(expect.arrayContaining(Object.keys(testRun.spec)));
    for (const pod of ['initializer', 'starter', 'runner'] as const) {
      expect(ofPod).toEqual(expect.arrayContaining(Object.keys(testRun.spec[pod])));
    }
  });

  it('runs pods as the standard "restricted" demands', () => {
    for (const pod of ['initializer', 'starter', 'runner'] as const) {
      expect(testRun.spec[pod]).toMatchObject({
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      });
    }
  });

  it('has runners, and nobody else, take the key of their client from a Secret where there is one', () => {
    const clientKey = { name: 'order-client-load', key: 'client.key' };
    const keyOf = ({ env = [] }: (typeof testRun.spec)['runner']) =>
      env.find(({ name }) => name === 'STORMPROOF_CLIENT_KEY');
    const [, { spec }] = operatorManifests(load, archive, { ...options, clientKey });
    expect(keyOf(spec.runner)).toEqual({
      ...{ name: 'STORMPROOF_CLIENT_KEY', valueFrom: { secretKeyRef: clientKey } },
    });
    for (const pod of [spec.initializer, spec.starter, testRun.spec.runner]) {
      expect(keyOf(pod)).toBeUndefined();
    }
  });

  it('gives each runner memory for its share of the virtual users', () => {
    const memoryOf = (parallelism: number) => {
      const [, { spec }] = operatorManifests({ ...load, parallelism }, archive, options);
      const { limits } = spec.runner.resources as { readonly limits: { readonly memory: string } };
      return Number.parseInt(limits.memory, 10);
    };
    // 1,000 requests a second hold 14,000 virtual users of 480 kB.
    expect(memoryOf(4)).toBe(6_537);
    expect(memoryOf(8)).toBeLessThan(memoryOf(4));
  });

  it('is refused when no ConfigMap holds it', () => {
    expect(() => operatorManifests(load, Buffer.alloc(800_000), options)).toThrow(/more than a ConfigMap's/);
  });
});
