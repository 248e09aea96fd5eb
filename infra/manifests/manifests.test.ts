import { describe, expect, it } from 'vitest';
import type { Topology } from '../../topology/model.ts';
import { platform } from '../../topology/platform.ts';
import { findManifest, manifestsOf } from '../fixtures/manifests.ts';
import { exampleStacks, stackWith } from '../fixtures/stacks.ts';
import { isWorkload, podSpecOf } from './index.ts';
import { podTemplateOf } from './manifest.ts';

describe.each(exampleStacks)('every manifest of the example %s', (name) => {
  const manifests = manifestsOf(name);

  it('has a name of its own among its kind', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('carries the recommended labels', () => {
    for (const { metadata } of manifests) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': name,
        'app.kubernetes.io/part-of': 'stormproof',
        'app.kubernetes.io/managed-by': 'pulumi',
      });
    }
  });

  it('selects pods by labels that they have', () => {
    for (const workload of manifests.filter(isWorkload)) {
      if (workload.kind !== 'Deployment' && workload.kind !== 'StatefulSet') continue;
      expect(podTemplateOf(workload).metadata?.labels).toMatchObject(
        workload.spec?.selector.matchLabels ?? {},
      );
    }
  });

  it('runs pods as the standard "restricted" demands, without a token', () => {
    for (const workload of manifests.filter(isWorkload)) {
      const pod = podSpecOf(workload);
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      expect(findManifest(manifests, 'ServiceAccount', pod.serviceAccountName ?? '')).toBeDefined();
    }
  });

  it('mounts volumes that its pods have', () => {
    for (const workload of manifests.filter(isWorkload)) {
      const { initContainers = [], containers, volumes = [] } = podSpecOf(workload);
      const claims = workload.kind === 'StatefulSet' ? (workload.spec?.volumeClaimTemplates ?? []) : [];
      const known = [
        ...volumes.map((volume) => volume.name),
        ...claims.map(({ metadata }) => metadata?.name),
      ];
      for (const { volumeMounts = [] } of [...initContainers, ...containers]) {
        for (const mount of volumeMounts) expect(known).toContain(mount.name);
      }
      for (const { configMap } of volumes) {
        if (configMap !== undefined) findManifest(manifests, 'ConfigMap', configMap.name ?? '');
      }
    }
  });

  it('probes ports that the container names', () => {
    for (const workload of manifests.filter(isWorkload)) {
      for (const container of podSpecOf(workload).containers) {
        const ports = (container.ports ?? []).map((port) => port.name);
        for (const port of ports) expect((port ?? '').length).toBeLessThanOrEqual(15);
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          if (probe !== undefined) expect(ports).toContain(probe.httpGet?.port);
        }
      }
    }
  });
});

describe('a service of the topology', () => {
  const toy: Topology = {
    ...platform,
    services: [
      ...platform.services,
      {
        name: 'fraud',
        main: 'services/fraud/main.ts',
        replicas: { local: 1, kubernetes: 2 },
        listeners: ['http', 'admin'],
        isStateful: false,
      },
    ],
    edges: [...platform.edges, { from: 'payment', to: 'fraud', protocol: 'http', deadlineMs: 500 }],
  };
  const manifests = manifestsOf('toy', {}, toy);

  it('needs nothing but its rows there', () => {
    expect(findManifest(manifests, 'Deployment', 'fraud').spec?.replicas).toBe(2);
    expect(findManifest(manifests, 'Service', 'fraud').spec?.ports).toMatchObject([{ port: 8080 }]);
    expect(findManifest(manifests, 'PodDisruptionBudget', 'fraud')).toBeDefined();
    const payment = podSpecOf(findManifest(manifests, 'Deployment', 'payment')).containers[0];
    expect(payment?.env).toContainEqual({ name: 'STORMPROOF_FRAUD_URL', value: 'http://fraud:8080' });
  });

  it('may be called by its callers only', () => {
    const { spec } = findManifest(manifests, 'NetworkPolicy', 'allow-fraud');
    expect(spec?.ingress).toEqual([
      {
        from: [
          {
            podSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'payment', 'app.kubernetes.io/instance': 'toy' },
            },
          },
        ],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
    ]);
  });

  it('must be able to say whether it is ready', () => {
    const services = toy.services.map((service) => ({ ...service, listeners: ['http'] as const }));
    expect(() => manifestsOf('toy', {}, { ...toy, services })).toThrow('order has no admin listener');
  });
});

describe('files of a service', () => {
  const manifests = manifestsOf('dev');

  it('lie on a claim where they are the only copy', () => {
    expect(findManifest(manifests, 'StatefulSet', 'psp').spec?.volumeClaimTemplates).toHaveLength(1);
  });

  it('live with the pod where the streams can bring them back', () => {
    const { volumes } = podSpecOf(findManifest(manifests, 'Deployment', 'order'));
    expect(volumes).toContainEqual({ name: 'data', emptyDir: { sizeLimit: '1Gi' } });
  });
});

describe('what a stack has elsewhere', () => {
  const manifests = manifestsOf('production');
  const payment = podSpecOf(findManifest(manifests, 'Deployment', 'payment')).containers[0];

  it('takes the place of the simulation', () => {
    expect(manifests.some(({ metadata }) => metadata.name === 'psp')).toBe(false);
    expect(payment?.env).toContainEqual({
      name: 'STORMPROOF_PSP_URL',
      value: 'https://your-provider.example/v1',
    });
  });

  it('is opened by a secret that no manifest contains', () => {
    expect(payment?.envFrom).toEqual([{ secretRef: { name: 'payment-provider' } }]);
    expect(
      manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name),
    ).not.toContain('payment-provider');
  });

  it('may be reached by its callers', () => {
    const { spec } = findManifest(manifests, 'NetworkPolicy', 'allow-payment');
    expect(spec?.egress).toContainEqual({ ports: [{ protocol: 'TCP', port: 443 }] });
  });
});

describe('proxied edges', () => {
  it('are named as the stack says', () => {
    const manifests = manifestsOf('chaos', { proxiedEdges: ['payment-psp'] });
    const env = podSpecOf(findManifest(manifests, 'Deployment', 'payment')).containers[0]?.env;
    expect(env).toContainEqual({ name: 'STORMPROOF_PSP_URL', value: 'http://toxiproxy:20000' });
    const nats = env?.find(({ name }) => name === 'STORMPROOF_NATS_URL');
    expect(nats?.value).not.toContain('toxiproxy');
  });

  it('do not exist without chaos', () => {
    const names = manifestsOf('dev').map(({ metadata }) => metadata.name);
    expect(names).not.toContain('toxiproxy');
  });
});

describe('the provisioning job', () => {
  const job = (changes: Readonly<Record<string, unknown>>) =>
    manifestsOf('dev', changes).find(({ kind }) => kind === 'Job')?.metadata.name;

  it('is a new one when what it makes or the program changes, and only then', () => {
    expect(job({ replicas: { order: 5 } })).toBe(job({}));
    expect(job({ images: { services: 'localhost/other:2' } })).not.toBe(job({}));
  });
});

describe('the namespace', () => {
  it.each([
    ['chaos', true],
    ['production', false],
  ])('of the example %s tells what was deployed, and whether it is for tests', (name, isForTests) => {
    const { data } = findManifest(manifestsOf(name), 'ConfigMap', 'stormproof-platform');
    const { topology, proxies, config } = stackWith(name);
    expect(JSON.parse(data?.['platform.json'] ?? '')).toEqual({
      ...{ stack: name, isForTests, topology, proxies },
      ...(config.tls ? { tls: true } : {}),
      ...(config.apiKeys ? { apiKeys: true } : {}),
    });
  });
});

describe('the version of a workload', () => {
  it.each([
    ['nats:2.14.5', '2.14.5'],
    [`registry.example:5000/nats:2.14.5-alpine@sha256:${'0'.repeat(64)}`, '2.14.5-alpine'],
    [`nats@sha256:${'0'.repeat(64)}`, undefined],
    ['registry.example:5000/nats@sha256:0', undefined],
  ])('is what the tag of %s says', (nats, version) => {
    const { metadata } = findManifest(manifestsOf('dev', { images: { nats } }), 'StatefulSet', 'nats');
    expect(metadata.labels?.['app.kubernetes.io/version']).toBe(version);
  });
});

describe('an autoscaler', () => {
  it('decides the number of instances alone, by lag where the cluster can tell', () => {
    const manifests = manifestsOf('dev', { replicasMax: { payment: 8 }, scaleByLag: true });
    expect(findManifest(manifests, 'Deployment', 'payment').spec).not.toHaveProperty('replicas');
    const { spec } = findManifest(manifests, 'HorizontalPodAutoscaler', 'payment');
    expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 8 });
    expect(spec?.metrics?.[1]).toMatchObject({
      type: 'External',
      external: {
        metric: {
          name: 'nats_consumer_pending',
          selector: { matchLabels: { stream: 'ORDERS', consumer: 'payment-processor' } },
        },
      },
    });
  });
});
