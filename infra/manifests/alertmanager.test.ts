import { describe, expect, it } from 'vitest';
import { findManifest, manifestsOf } from '../fixtures/manifests.ts';
import { type Manifest, podSpecOf } from './index.ts';

describe('alerts', () => {
  const prometheusConfig = (manifests: readonly Manifest[]) => {
    const [config] = podSpecOf(findManifest(manifests, 'StatefulSet', 'prometheus')).volumes ?? [];
    return findManifest(manifests, 'ConfigMap', config?.configMap?.name ?? '').data?.['prometheus.yml'];
  };

  it('are posted to a webhook whose URL no manifest contains', () => {
    const manifests = manifestsOf('dev', { alertWebhook: { secret: 'on-call', port: 8443 } });
    const { containers, volumes } = podSpecOf(findManifest(manifests, 'StatefulSet', 'alertmanager'));
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
    expect(findManifest(manifests, 'NetworkPolicy', 'allow-alertmanager').spec?.egress).toContainEqual({
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
    expect(findManifest(manifests, 'NetworkPolicy', 'allow-prometheus').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 443 }],
    });
  });
});
