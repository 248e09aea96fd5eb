import { describe, expect, it } from 'vitest';
import { parsePageConfig } from '../../observability/page/config.ts';
import { findManifest, manifestsOf } from '../fixtures/manifests.ts';
import { type Manifest, podSpecOf } from './index.ts';

describe('the page of the promises', () => {
  const environmentOf = (manifests: readonly Manifest[]) =>
    Object.fromEntries(
      (podSpecOf(findManifest(manifests, 'Deployment', 'slo-page')).containers[0]?.env ?? []).map(
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
    const { spec } = findManifest(manifests, 'NetworkPolicy', 'allow-slo-page');
    expect(spec).not.toHaveProperty('ingress');
    expect(spec?.egress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([
      16_686, 9_090, 9_093,
    ]);
    for (const backend of ['prometheus', 'jaeger', 'alertmanager']) {
      const { ingress = [] } = findManifest(manifests, 'NetworkPolicy', `allow-${backend}`).spec ?? {};
      const callers = ingress.flatMap(({ from = [] }) => from);
      expect(JSON.stringify(callers), backend).toContain('"slo-page"');
    }
  });

  it("asks the user's own Prometheus, and does without what nobody can be asked for", () => {
    const telemetry = { prometheus: 'http://own.example:9090', jaeger: 'jaeger.example:4317' };
    const manifests = manifestsOf('dev', { telemetry });
    const { sources } = parsePageConfig(environmentOf(manifests));
    expect(sources).toMatchObject({ prometheus: 'http://own.example:9090', jaeger: undefined });
    expect(findManifest(manifests, 'NetworkPolicy', 'allow-slo-page').spec?.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 9090 }],
    });
  });

  it('is known by the names that the stack says', () => {
    const envOf = (changes: Readonly<Record<string, unknown>>) =>
      podSpecOf(findManifest(manifestsOf('dev', changes), 'Deployment', 'slo-page')).containers[0]?.env ?? [];
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
