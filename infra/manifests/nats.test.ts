import { describe, expect, it } from 'vitest';
import { findManifest, manifestsOf } from '../fixtures/manifests.ts';
import { isWorkload, type Manifest, podSpecOf } from './index.ts';

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
      const { volumes = [] } = podSpecOf(findManifest(manifests, kind, name));
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
    podSpecOf(findManifest(from, kind, name)).volumes ?? [];
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
    const { env, volumeMounts } =
      podSpecOf(findManifest(manifests, 'Deployment', 'payment')).containers[0] ?? {};
    const directory = volumeMounts?.find(({ name }) => name === 'broker-login')?.mountPath;
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'STORMPROOF_NATS_CERT_FILE', value: `${directory}/tls.crt` },
        { name: 'STORMPROOF_NATS_KEY_FILE', value: `${directory}/tls.key` },
        { name: 'STORMPROOF_NATS_CA_FILE', value: `${directory}/ca.crt` },
      ]),
    );
    const { data } = findManifest(manifests, 'ConfigMap', 'stormproof-platform');
    expect(JSON.parse(data?.['platform.json'] ?? '')).toHaveProperty('tls', true);
  });

  it('asks clients for a certificate, and brokers for one of a broker', () => {
    const config = findManifest(manifests, 'ConfigMap', 'nats-config').data?.['nats.conf'] ?? '';
    const [clients = '', cluster = ''] = config.split('\ncluster {');
    expect(clients).toMatch(/\ntls \{\n {2}cert_file: "\/etc\/nats\/tls\.crt"\n[^}]* {2}verify: true\n/);
    expect(cluster).toMatch(/\n {2}tls \{\n[^}]*verify_cert_and_check_known_urls: true\n/);
  });

  it('restarts brokers when it begins to, and leaves those alone that do not', () => {
    const templateOf = (from: readonly Manifest[]) =>
      findManifest(from, 'StatefulSet', 'nats').spec?.template;
    expect(templateOf(manifests)).not.toEqual(templateOf(plain));
    expect(JSON.stringify(plain)).not.toMatch(/tls\.key|_CA_FILE/);
  });
});

describe('the brokers', () => {
  it('may share a node in a test, and never in production', () => {
    const affinity = (name: string) =>
      podSpecOf(findManifest(manifestsOf(name), 'StatefulSet', 'nats')).affinity?.podAntiAffinity;
    expect(affinity('dev')).not.toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
    expect(affinity('production')).toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
  });

  it('lose their claims with the stack in a test, and keep them in production', () => {
    const retention = (name: string) =>
      findManifest(manifestsOf(name), 'StatefulSet', 'nats').spec?.persistentVolumeClaimRetentionPolicy;
    expect(retention('dev')).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
    expect(retention('production')).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
  });

  it('are restarted for what they cannot reload, and only for that', () => {
    const reloader = { images: { reloader: 'localhost/stormproof/services:0.1.0' } };
    const pods = (changes: Readonly<Record<string, unknown>>) =>
      findManifest(manifestsOf('dev', changes), 'StatefulSet', 'nats').spec?.template;
    expect(pods({ ...reloader, replicas: { nats: 5 } })).toEqual(pods(reloader));
    expect(pods({ ...reloader, zones: 3, syncInterval: '10s' })).not.toEqual(pods({ ...reloader, zones: 3 }));
    expect(pods({ replicas: { nats: 5 } })).not.toEqual(pods({}));
  });

  it('are not drained while they catch up, when a majority needs them', () => {
    const policy = (name: string) =>
      findManifest(manifestsOf('dev'), 'PodDisruptionBudget', name).spec?.unhealthyPodEvictionPolicy;
    expect(policy('nats')).toBe('IfHealthyBudget');
    expect(policy('order')).toBe('AlwaysAllow');
  });

  it('adopt the claims that production makes beforehand', () => {
    const manifests = manifestsOf('production');
    const template = findManifest(manifests, 'StatefulSet', 'nats').spec?.volumeClaimTemplates?.[0];
    for (const ordinal of [0, 1, 2]) {
      const claim = findManifest(
        manifests,
        'PersistentVolumeClaim',
        `${template?.metadata?.name}-nats-${ordinal}`,
      );
      expect(claim.spec).toEqual(template?.spec);
    }
  });
});
