import { describe, expect, it } from 'vitest';
import { findManifest, manifestsOf } from '../fixtures/manifests.ts';
import { podSpecOf } from './index.ts';

describe('Grafana', () => {
  const podOfGrafana = (changes: Readonly<Record<string, unknown>>) =>
    podSpecOf(findManifest(manifestsOf('dev', changes), 'Deployment', 'grafana'));

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
    const [config] = podSpecOf(findManifest(manifests, 'Deployment', 'grafana')).volumes ?? [];
    const { data } = findManifest(manifests, 'ConfigMap', config?.configMap?.name ?? '');
    expect(data?.['provisioning.datasources.stormproof.yaml']).toContain('url: http://own.example:9090');
    expect(findManifest(manifests, 'NetworkPolicy', 'allow-grafana').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 9090 }],
    });
  });

  it('can be reached by nobody in the cluster', () => {
    const { spec } = findManifest(manifestsOf('dev', {}), 'NetworkPolicy', 'allow-grafana');
    expect(spec?.policyTypes).toContain('Ingress');
    expect(spec).not.toHaveProperty('ingress');
  });
});
