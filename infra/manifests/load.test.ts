import { describe, expect, it } from 'vitest';
import { stackWith } from '../fixtures/stacks.ts';
import { type Kind, type Manifest, type ManifestOfKind, partsOf } from './index.ts';

function manifestsOf(...stack: Parameters<typeof stackWith>): readonly Manifest[] {
  return partsOf(stackWith(...stack)).flatMap((part) => part.manifests);
}

function find<K extends Kind>(manifests: readonly Manifest[], kind: K, name: string): ManifestOfKind[K] {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as ManifestOfKind[K];
}

describe('the pods that send load', () => {
  const template = (changes: Readonly<Record<string, unknown>> = {}) =>
    find(manifestsOf('dev', changes), 'CronJob', 'load').spec;

  it('are started by nobody but a run, each with its own index, and one that fails ends no other', () => {
    expect(template()).toMatchObject({
      suspend: true,
      jobTemplate: { spec: { completionMode: 'Indexed', backoffLimitPerIndex: 0 } },
    });
    const job = template()?.jobTemplate.spec;
    expect(job).not.toHaveProperty('backoffLimit');
    expect(job?.template.spec).toMatchObject({ restartPolicy: 'Never' });
  });

  it('may connect to what clients call and to nothing else, and nothing may connect to them', () => {
    const { spec } = find(manifestsOf('dev'), 'NetworkPolicy', 'allow-load');
    const order = { 'app.kubernetes.io/name': 'order', 'app.kubernetes.io/instance': 'dev' };
    expect(spec?.egress).toEqual([
      { to: [{ podSelector: { matchLabels: order } }], ports: [{ protocol: 'TCP', port: 8080 }] },
    ]);
    expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec).not.toHaveProperty('ingress');
  });

  it('run the image of the services, and as much of a node as the stack says', () => {
    const resources = { load: { cpuMillis: 2_000, memoryMib: 1_024 } };
    const [container] = template({ resources })?.jobTemplate.spec?.template.spec?.containers ?? [];
    expect(container?.image).toContain('stormproof/services');
    expect(container?.resources).toEqual({
      requests: { cpu: '2000m', memory: '1024Mi' },
      limits: { memory: '1024Mi' },
    });
  });

  it('do not exist where orders are real', () => {
    const names = manifestsOf('production').map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name === 'load' || name === 'allow-load')).toEqual([]);
  });
});
