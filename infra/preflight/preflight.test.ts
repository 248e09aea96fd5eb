import { describe, expect, it } from 'vitest';
import type { Finding } from '../../topology/preflight/finding.ts';
import { stackWith } from '../fixtures/stacks.ts';
import { isWorkload, type Manifest, partsOf, podSpecOf } from '../manifests/index.ts';
import type { Stack } from '../stack.ts';
import { allStackRules, preflightStack } from './preflight.ts';

/** What a stack would create, with something spoiled by hand. */
function spoiled(stack: Stack, spoil: (manifest: Manifest) => Manifest | undefined): readonly Manifest[] {
  const manifests = partsOf(stack).flatMap((part) => part.manifests);
  return structuredClone(manifests).flatMap((manifest) => spoil(manifest) ?? []);
}

function spoilPods(name: string, spoil: (pod: ReturnType<typeof podSpecOf>) => void) {
  return (manifest: Manifest) => {
    if (isWorkload(manifest) && manifest.metadata.name === name) spoil(podSpecOf(manifest));
    return manifest;
  };
}

const dev = stackWith('dev');

/** For each rule a stack that breaks it, and where the finding must point. */
const broken: Readonly<Record<string, { findings: readonly Finding[]; where: string }>> = {
  'chaos-in-production': {
    findings: preflightStack(stackWith('production', { chaos: true })),
    where: 'stormproof:chaos',
  },
  'simulated-in-production': {
    findings: preflightStack(stackWith('production', { external: undefined })),
    where: 'service psp',
  },
  'unprotected-claims': {
    findings: preflightStack(stackWith('production', { keepData: false })),
    where: 'StatefulSet nats',
  },
  'claim-smaller-than-streams': {
    findings: preflightStack(stackWith('dev', { resources: { nats: { storageGib: 2 } } })),
    where: 'StatefulSet nats',
  },
  'brokers-in-the-clear': {
    findings: preflightStack(stackWith('production', { tls: false })),
    where: 'stormproof:tls',
  },
  'order-api-open': {
    findings: preflightStack(stackWith('production', { apiKeys: false })),
    where: 'stormproof:apiKeys',
  },
  'single-zone': {
    findings: preflightStack(stackWith('production', { zones: 1 })),
    where: 'stormproof:zones',
  },
  'open-network': {
    findings: preflightStack(
      dev,
      spoiled(dev, (manifest) => (manifest.metadata.name === 'default-deny' ? undefined : manifest)),
    ),
    where: 'network policies',
  },
  'scaled-stateful': {
    findings: preflightStack(stackWith('dev', { replicasMax: { psp: 3 } })),
    where: 'HorizontalPodAutoscaler psp',
  },
  'scale-below-least': {
    findings: preflightStack(stackWith('dev', { replicas: { order: 4 }, replicasMax: { order: 3 } })),
    where: 'HorizontalPodAutoscaler order',
  },
  'one-replica': {
    findings: preflightStack(stackWith('dev', { replicas: { payment: 1 } })),
    where: 'Deployment payment',
  },
  'missing-disruption-budget': {
    findings: preflightStack(
      dev,
      spoiled(dev, (manifest) => (manifest.kind === 'PodDisruptionBudget' ? undefined : manifest)),
    ),
    where: 'StatefulSet nats',
  },
  'no-limits': {
    findings: preflightStack(
      dev,
      spoiled(
        dev,
        spoilPods('order', (pod) => {
          for (const container of pod.containers) delete container.resources?.limits;
        }),
      ),
    ),
    where: 'Deployment order, container order',
  },
  'mutable-tag': {
    findings: preflightStack(stackWith('dev', { images: { nats: 'nats:latest' } })),
    where: 'StatefulSet nats, container nats',
  },
  'tag-without-digest': {
    findings: preflightStack(stackWith('production', { images: { nats: 'nats:2.14.5' } })),
    where: 'image nats:2.14.5',
  },
  'not-restricted': {
    findings: preflightStack(
      dev,
      spoiled(
        dev,
        spoilPods('collector', (pod) => {
          for (const container of pod.containers) delete container.securityContext;
        }),
      ),
    ),
    where: 'Deployment collector, container collector',
  },
  'missing-probe': {
    findings: preflightStack(
      dev,
      spoiled(
        dev,
        spoilPods('payment', (pod) => {
          for (const container of pod.containers) delete container.readinessProbe;
        }),
      ),
    ),
    where: 'Deployment payment',
  },
};

describe('preflight of a stack', () => {
  it.each(['dev', 'chaos'])('finds nothing in the example %s', (name) => {
    expect(preflightStack(stackWith(name))).toEqual([]);
  });

  it('asks the example of a production for nothing but digests', () => {
    const rules = preflightStack(stackWith('production')).map(({ rule }) => rule);
    expect(new Set(rules)).toEqual(new Set(['tag-without-digest']));
  });

  it.each(allStackRules.map(({ name }) => name))('%s finds the stack that breaks it', (name) => {
    const known = broken[name];
    if (known === undefined) throw new Error(`no known-bad stack for the rule ${name}`);
    const findings = known.findings.filter(({ rule }) => rule === name);
    expect(findings.map(({ where }) => where)).toContain(known.where);
    for (const { fix } of findings) expect(fix).not.toBe('');
  });

  it('takes an image without a tag for one that moves, and a registry port for no tag', () => {
    const rulesFor = (nats: string) =>
      preflightStack(stackWith('dev', { images: { nats } })).map(({ rule }) => rule);
    expect(rulesFor('registry.example:5000/nats')).toContain('mutable-tag');
    expect(rulesFor(`registry.example:5000/nats@sha256:${'0'.repeat(64)}`)).not.toContain('mutable-tag');
  });

  it('wants every volume of a production kept, and those of the brokers made beforehand', () => {
    const places = (...found: Parameters<typeof preflightStack>) =>
      preflightStack(...found)
        .filter(({ rule }) => rule === 'unprotected-claims')
        .map(({ where }) => where);
    const all = { telemetry: undefined, keepData: false };
    expect(places(stackWith('production', all))).toEqual([
      'StatefulSet nats',
      'StatefulSet prometheus',
      'StatefulSet alertmanager',
    ]);
    const production = stackWith('production');
    const without = (manifest: Manifest) => (manifest.metadata.name === 'data-nats-2' ? undefined : manifest);
    expect(places(production, spoiled(production, without))).toEqual(['StatefulSet nats']);
  });

  it('takes a pod that is root, or shares the network of its node, for not restricted', () => {
    const places = (spoil: Parameters<typeof spoilPods>[1]) =>
      preflightStack(dev, spoiled(dev, spoilPods('order', spoil)))
        .filter(({ rule }) => rule === 'not-restricted')
        .map(({ where }) => where);
    expect(places((pod) => delete pod.securityContext?.runAsNonRoot)).toEqual(['Deployment order']);
    expect(places((pod) => Object.assign(pod, { hostNetwork: true }))).toEqual(['Deployment order']);
  });

  it('applies the rules of the topology to the topology that the stack makes of it', () => {
    const rules = preflightStack(stackWith('dev', { replicas: { nats: 2 }, syncInterval: '10s' })).map(
      ({ rule }) => rule,
    );
    expect(rules).toContain('more-replicas-than-brokers');
    expect(rules).toContain('lazy-fsync');
  });

  it('allows lazy fsync where every broker has a failure domain of its own', () => {
    const rules = preflightStack(stackWith('production', { syncInterval: '10s' })).map(({ rule }) => rule);
    expect(rules).not.toContain('lazy-fsync');
  });
});
