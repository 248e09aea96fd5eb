import { describe, expect, it } from 'vitest';
import { parsePageConfig } from '../../observability/page/config.ts';
import type { Topology } from '../../topology/model.ts';
import { platform } from '../../topology/platform.ts';
import { exampleStacks, stackWith } from '../fixtures/stacks.ts';
import { isWorkload, type Kind, type Manifest, type ManifestOfKind, partsOf, podSpecOf } from './index.ts';
import { podTemplateOf } from './manifest.ts';

function manifestsOf(...stack: Parameters<typeof stackWith>): readonly Manifest[] {
  return partsOf(stackWith(...stack)).flatMap((part) => part.manifests);
}

function find<K extends Kind>(manifests: readonly Manifest[], kind: K, name: string): ManifestOfKind[K] {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as ManifestOfKind[K];
}

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
      expect(find(manifests, 'ServiceAccount', pod.serviceAccountName ?? '')).toBeDefined();
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
        if (configMap !== undefined) find(manifests, 'ConfigMap', configMap.name ?? '');
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

describe('the users of the brokers', () => {
  const manifests = manifestsOf('dev');
  const secrets = manifests.filter(({ kind }) => kind === 'Secret');

  it('have a Secret each, which no manifest fills', () => {
    expect(secrets.map(({ metadata }) => metadata.name)).toContain('broker-user-operator');
    for (const one of secrets) {
      expect(one).not.toHaveProperty('data');
      expect(one).not.toHaveProperty('stringData');
    }
  });

  it('get their own key, and the brokers the public part of all', () => {
    const keysOf = (kind: 'Deployment' | 'StatefulSet', name: string) => {
      const { volumes = [] } = podSpecOf(find(manifests, kind, name));
      return volumes.flatMap(({ secret, projected }) => [
        ...(secret?.items ?? []).map(({ key }) => `${secret?.secretName} ${key}`),
        ...(projected?.sources ?? []).flatMap((source) =>
          (source.secret?.items ?? []).map(({ key }) => `${source.secret?.name} ${key}`),
        ),
      ]);
    };
    expect(keysOf('Deployment', 'order')).toEqual(['broker-user-order user.nk']);
    expect(keysOf('Deployment', 'broker-metrics')).toEqual([]);
    expect(keysOf('StatefulSet', 'nats')).toEqual(
      secrets.map(({ metadata }) => `${metadata.name} user.conf`),
    );
  });
});

describe('a stack whose brokers speak TLS', () => {
  const manifests = manifestsOf('dev', { tls: true });
  const plain = manifestsOf('dev');
  const volumesOf = (kind: 'CronJob' | 'Deployment' | 'StatefulSet', name: string, from = manifests) =>
    podSpecOf(find(from, kind, name)).volumes ?? [];
  const filesOf = (...of: Parameters<typeof volumesOf>) =>
    volumesOf(...of).flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ secret }) =>
        (secret?.items ?? []).map(({ key, mode }) => [secret?.name, key, mode] as const),
      ),
    );
  const certificates = (name: string) => [
    [`broker-tls-${name}`, 'tls.crt', 0o440],
    [`broker-tls-${name}`, 'tls.key', 0o440],
    [`broker-tls-${name}`, 'ca.crt', 0o440],
  ];

  it('has a Secret for each certificate and for the authority, which no manifest fills', () => {
    const namesIn = (from: readonly Manifest[]) =>
      from.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    const added = namesIn(manifests).filter((name) => !namesIn(plain).includes(name));
    expect(added).toEqual([
      'broker-authority',
      ...['brokers', 'operator', 'provision', 'audit', 'order', 'payment'].map(
        (name) => `broker-tls-${name}`,
      ),
    ]);
    for (const one of manifests.filter(({ kind }) => kind === 'Secret')) {
      expect(one).not.toHaveProperty('data');
      expect(one).not.toHaveProperty('stringData');
    }
  });

  it('gives each its own certificate, read-only, and the key of the authority to nobody', () => {
    expect(filesOf('StatefulSet', 'nats')).toEqual(expect.arrayContaining(certificates('brokers')));
    expect(filesOf('Deployment', 'order').slice(1)).toEqual(certificates('order'));
    expect(filesOf('CronJob', 'provision').slice(1)).toEqual(certificates('provision'));
    expect(filesOf('CronJob', 'audit').slice(1)).toEqual(certificates('audit'));
    expect(filesOf('Deployment', 'broker-metrics')).toEqual([]);
    expect(volumesOf('Deployment', 'order')).toContainEqual(
      expect.objectContaining({ projected: expect.objectContaining({ defaultMode: 0o440 }) }),
    );
    const used = JSON.stringify(manifests.filter(isWorkload));
    expect(used).not.toContain('broker-authority');
  });

  it('tells everybody where it finds its own', () => {
    const { env, volumeMounts } = podSpecOf(find(manifests, 'Deployment', 'payment')).containers[0] ?? {};
    const directory = volumeMounts?.find(({ name }) => name === 'broker-login')?.mountPath;
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'STORMPROOF_NATS_CERT_FILE', value: `${directory}/tls.crt` },
        { name: 'STORMPROOF_NATS_KEY_FILE', value: `${directory}/tls.key` },
        { name: 'STORMPROOF_NATS_CA_FILE', value: `${directory}/ca.crt` },
      ]),
    );
    const { data } = find(manifests, 'ConfigMap', 'stormproof-platform');
    expect(JSON.parse(data?.['platform.json'] ?? '')).toHaveProperty('tls', true);
  });

  it('asks clients for a certificate, and brokers for one of a broker', () => {
    const config = find(manifests, 'ConfigMap', 'nats-config').data?.['nats.conf'] ?? '';
    const [clients = '', cluster = ''] = config.split('\ncluster {');
    expect(clients).toMatch(/\ntls \{\n {2}cert_file: "\/etc\/nats\/tls\.crt"\n[^}]* {2}verify: true\n/);
    expect(cluster).toMatch(/\n {2}tls \{\n[^}]*verify_cert_and_check_known_urls: true\n/);
  });

  it('restarts brokers when it begins to, and leaves those alone that do not', () => {
    const templateOf = (from: readonly Manifest[]) => find(from, 'StatefulSet', 'nats').spec?.template;
    expect(templateOf(manifests)).not.toEqual(templateOf(plain));
    expect(JSON.stringify(plain)).not.toMatch(/tls\.key|_CA_FILE/);
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
    expect(find(manifests, 'Deployment', 'fraud').spec?.replicas).toBe(2);
    expect(find(manifests, 'Service', 'fraud').spec?.ports).toMatchObject([{ port: 8080 }]);
    expect(find(manifests, 'PodDisruptionBudget', 'fraud')).toBeDefined();
    const payment = podSpecOf(find(manifests, 'Deployment', 'payment')).containers[0];
    expect(payment?.env).toContainEqual({ name: 'STORMPROOF_FRAUD_URL', value: 'http://fraud:8080' });
  });

  it('may be called by its callers only', () => {
    const { spec } = find(manifests, 'NetworkPolicy', 'allow-fraud');
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
    expect(find(manifests, 'StatefulSet', 'psp').spec?.volumeClaimTemplates).toHaveLength(1);
  });

  it('live with the pod where the streams can bring them back', () => {
    const { volumes } = podSpecOf(find(manifests, 'Deployment', 'order'));
    expect(volumes).toContainEqual({ name: 'data', emptyDir: { sizeLimit: '1Gi' } });
  });
});

describe('the brokers', () => {
  it('may share a node in a test, and never in production', () => {
    const affinity = (name: string) =>
      podSpecOf(find(manifestsOf(name), 'StatefulSet', 'nats')).affinity?.podAntiAffinity;
    expect(affinity('dev')).not.toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
    expect(affinity('production')).toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
  });

  it('lose their claims with the stack in a test, and keep them in production', () => {
    const retention = (name: string) =>
      find(manifestsOf(name), 'StatefulSet', 'nats').spec?.persistentVolumeClaimRetentionPolicy;
    expect(retention('dev')).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
    expect(retention('production')).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
  });

  it('are restarted for what they cannot reload, and only for that', () => {
    const reloader = { images: { reloader: 'localhost/stormproof/services:0.1.0' } };
    const pods = (changes: Readonly<Record<string, unknown>>) =>
      find(manifestsOf('dev', changes), 'StatefulSet', 'nats').spec?.template;
    expect(pods({ ...reloader, replicas: { nats: 5 } })).toEqual(pods(reloader));
    expect(pods({ ...reloader, zones: 3, syncInterval: '10s' })).not.toEqual(pods({ ...reloader, zones: 3 }));
    expect(pods({ replicas: { nats: 5 } })).not.toEqual(pods({}));
  });

  it('are not drained while they catch up, when a majority needs them', () => {
    const policy = (name: string) =>
      find(manifestsOf('dev'), 'PodDisruptionBudget', name).spec?.unhealthyPodEvictionPolicy;
    expect(policy('nats')).toBe('IfHealthyBudget');
    expect(policy('order')).toBe('AlwaysAllow');
  });

  it('adopt the claims that production makes beforehand', () => {
    const manifests = manifestsOf('production');
    const template = find(manifests, 'StatefulSet', 'nats').spec?.volumeClaimTemplates?.[0];
    for (const ordinal of [0, 1, 2]) {
      const claim = find(manifests, 'PersistentVolumeClaim', `${template?.metadata?.name}-nats-${ordinal}`);
      expect(claim.spec).toEqual(template?.spec);
    }
  });
});

describe('what a stack has elsewhere', () => {
  const manifests = manifestsOf('production');
  const payment = podSpecOf(find(manifests, 'Deployment', 'payment')).containers[0];

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
    const { spec } = find(manifests, 'NetworkPolicy', 'allow-payment');
    expect(spec?.egress).toContainEqual({ ports: [{ protocol: 'TCP', port: 443 }] });
  });
});

describe('alerts', () => {
  const prometheusConfig = (manifests: readonly Manifest[]) => {
    const [config] = podSpecOf(find(manifests, 'StatefulSet', 'prometheus')).volumes ?? [];
    return find(manifests, 'ConfigMap', config?.configMap?.name ?? '').data?.['prometheus.yml'];
  };

  it('are posted to a webhook whose URL no manifest contains', () => {
    const manifests = manifestsOf('dev', { alertWebhook: { secret: 'on-call', port: 8443 } });
    const { containers, volumes } = podSpecOf(find(manifests, 'StatefulSet', 'alertmanager'));
    expect(volumes).toContainEqual(
      expect.objectContaining({
        secret: { secretName: 'on-call', items: [{ key: 'url', path: 'url' }], defaultMode: 0o440 },
      }),
    );
    const mount = containers[0]?.volumeMounts?.find(({ name }) => name === 'webhook');
    const config = manifests.flatMap((one) =>
      one.kind === 'ConfigMap' ? [one.data?.['alertmanager.yml']] : [],
    );
    expect(config.join('')).toContain(`url_file: ${mount?.mountPath}/url\n`);
    expect(find(manifests, 'NetworkPolicy', 'allow-alertmanager').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 8443 }],
    });
  });

  it('are recorded, unless the stack has no Alertmanager of its own', () => {
    const recorder = 'url: http://alert-recorder:8080/v1/notifications\n';
    const configOf = (changes: Readonly<Record<string, unknown>>) =>
      manifestsOf('dev', changes)
        .flatMap((one) => (one.kind === 'ConfigMap' ? [one.data?.['alertmanager.yml'] ?? ''] : []))
        .join('');
    expect(configOf({})).toContain(recorder);
    for (const telemetry of [{ alertmanager: 'http://own:9093' }, { prometheus: 'http://own:9090' }]) {
      const manifests = manifestsOf('dev', { telemetry });
      const apps = manifests.map(({ metadata }) => metadata.name);
      expect(apps).not.toContain('alert-recorder');
      expect(apps).not.toContain('alertmanager');
    }
  });

  it("go to the user's own Alertmanager where the stack names one", () => {
    const manifests = manifestsOf('dev', { telemetry: { alertmanager: 'https://alerts.example/am' } });
    expect(manifests.map(({ metadata }) => metadata.name)).not.toContain('alertmanager');
    expect(prometheusConfig(manifests)).toMatch(/scheme: https\n.*path_prefix: \/am\n.*- alerts\.example\n/s);
    expect(find(manifests, 'NetworkPolicy', 'allow-prometheus').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 443 }],
    });
  });
});

describe('Grafana', () => {
  const podOfGrafana = (changes: Readonly<Record<string, unknown>>) =>
    podSpecOf(find(manifestsOf('dev', changes), 'Deployment', 'grafana'));

  it('makes a password up, in a place that ends with its pod', () => {
    const { initContainers = [], volumes } = podOfGrafana({});
    expect(initContainers[0]?.command?.join(' ')).toContain('/run/grafana/admin-password');
    const place = initContainers[0]?.volumeMounts?.[0]?.name;
    expect(volumes).toContainEqual({ name: place, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
  });

  it('takes the password of a Secret that the stack names, and no manifest contains', () => {
    const { initContainers, volumes } = podOfGrafana({ grafanaAdmin: { secret: 'dashboards' } });
    expect(initContainers).toBeUndefined();
    const items = [{ key: 'admin-password', path: 'admin-password' }];
    expect(volumes).toContainEqual({
      name: 'password',
      secret: { secretName: 'dashboards', items, defaultMode: 0o440 },
    });
  });

  it("shows the user's own Prometheus only when it is asked to", () => {
    const telemetry = { prometheus: 'http://own.example:9090' };
    const names = manifestsOf('dev', { telemetry }).map(({ metadata }) => metadata.name);
    expect(names).not.toContain('grafana');
    const manifests = manifestsOf('dev', { telemetry, grafana: true });
    const [config] = podSpecOf(find(manifests, 'Deployment', 'grafana')).volumes ?? [];
    const { data } = find(manifests, 'ConfigMap', config?.configMap?.name ?? '');
    expect(data?.['provisioning.datasources.stormproof.yaml']).toContain('url: http://own.example:9090');
    expect(find(manifests, 'NetworkPolicy', 'allow-grafana').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 9090 }],
    });
  });

  it('can be reached by nobody in the cluster', () => {
    const { spec } = find(manifestsOf('dev', {}), 'NetworkPolicy', 'allow-grafana');
    expect(spec?.policyTypes).toContain('Ingress');
    expect(spec).not.toHaveProperty('ingress');
  });
});

describe('the page of the promises', () => {
  const environmentOf = (manifests: readonly Manifest[]) =>
    Object.fromEntries(
      (podSpecOf(find(manifests, 'Deployment', 'slo-page')).containers[0]?.env ?? []).map(
        ({ name, value }) => [name, value],
      ),
    );

  it('asks what the stack deploys, may connect to it, and can be reached by nobody in the cluster', () => {
    const manifests = manifestsOf('dev', {});
    const variables = environmentOf(manifests);
    expect(parsePageConfig(variables)).toMatchObject({
      sources: {
        prometheus: 'http://prometheus:9090',
        alertmanager: 'http://alertmanager:9093',
        jaeger: 'http://jaeger:16686',
      },
      listen: { host: '0.0.0.0', port: 8080 },
    });
    const { spec } = find(manifests, 'NetworkPolicy', 'allow-slo-page');
    expect(spec).not.toHaveProperty('ingress');
    expect(spec?.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([
      16_686, 9_090, 9_093,
    ]);
    for (const backend of ['prometheus', 'jaeger', 'alertmanager']) {
      const { ingress = [] } = find(manifests, 'NetworkPolicy', `allow-${backend}`).spec ?? {};
      const callers = ingress.flatMap(({ from = [] }) => from);
      expect(JSON.stringify(callers), backend).toContain('"slo-page"');
    }
  });

  it("asks the user's own Prometheus, and does without what nobody can be asked for", () => {
    const telemetry = { prometheus: 'http://own.example:9090', jaeger: 'jaeger.example:4317' };
    const manifests = manifestsOf('dev', { telemetry });
    const { sources } = parsePageConfig(environmentOf(manifests));
    expect(sources).toMatchObject({ prometheus: 'http://own.example:9090', jaeger: undefined });
    expect(find(manifests, 'NetworkPolicy', 'allow-slo-page').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 9090 }],
    });
  });

  it('is known by the names that the stack says', () => {
    const envOf = (changes: Readonly<Record<string, unknown>>) =>
      podSpecOf(find(manifestsOf('dev', changes), 'Deployment', 'slo-page')).containers[0]?.env ?? [];
    const name = 'STORMPROOF_PAGE_HOSTS';
    const value = 'promises.example,slo-page';
    expect(envOf({ sloPageHosts: value.split(',') })).toContainEqual({ name, value });
    expect(envOf({}).map((one) => one.name)).not.toContain(name);
  });

  it('is left out where the stack does without', () => {
    const names = manifestsOf('dev', { sloPage: false }).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name?.includes('slo-page'))).toEqual([]);
  });
});

describe('proxied edges', () => {
  it('are named as the stack says', () => {
    const manifests = manifestsOf('chaos', { proxiedEdges: ['payment-psp'] });
    const env = podSpecOf(find(manifests, 'Deployment', 'payment')).containers[0]?.env;
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
    const { data } = find(manifestsOf(name), 'ConfigMap', 'stormproof-platform');
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
    const { metadata } = find(manifestsOf('dev', { images: { nats } }), 'StatefulSet', 'nats');
    expect(metadata.labels?.['app.kubernetes.io/version']).toBe(version);
  });
});

describe('an autoscaler', () => {
  it('decides the number of instances alone, by lag where the cluster can tell', () => {
    const manifests = manifestsOf('dev', { replicasMax: { payment: 8 }, scaleByLag: true });
    expect(find(manifests, 'Deployment', 'payment').spec).not.toHaveProperty('replicas');
    const { spec } = find(manifests, 'HorizontalPodAutoscaler', 'payment');
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
