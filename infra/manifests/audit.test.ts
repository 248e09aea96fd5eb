import { describe, expect, it } from 'vitest';
import { stackWith } from '../fixtures/stacks.ts';
import { type Kind, type Manifest, type ManifestOfKind, partsOf, podSpecOf } from './index.ts';

function manifestsOf(...stack: Parameters<typeof stackWith>): readonly Manifest[] {
  return partsOf(stackWith(...stack)).flatMap((part) => part.manifests);
}

function find<K extends Kind>(manifests: readonly Manifest[], kind: K, name: string): ManifestOfKind[K] {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as ManifestOfKind[K];
}

const environmentOf = (manifests: readonly Manifest[]) =>
  Object.fromEntries(
    (podSpecOf(find(manifests, 'CronJob', 'audit')).containers[0]?.env ?? []).map((one) => [
      one.name,
      one.value,
    ]),
  );

describe('the continuous audit', () => {
  const manifests = manifestsOf('dev', { auditMinutes: 5 });

  it('comes back as often as the stack says, one at a time, and is not repeated when an order is wrong', () => {
    expect(find(manifests, 'CronJob', 'audit').spec).toMatchObject({
      schedule: '*/5 * * * *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } } },
    });
  });

  it('asks each ready instance of order by its own address', () => {
    expect(environmentOf(manifests).STORMPROOF_ORDER_ADMIN_URL).toBe('http://order-admin:8081');
    const { spec } = find(manifests, 'Service', 'order-admin');
    expect(spec).toMatchObject({
      clusterIP: 'None',
      selector: { 'app.kubernetes.io/name': 'order' },
      ports: [{ name: 'admin', port: 8081 }],
    });
    expect(spec).not.toHaveProperty('publishNotReadyAddresses');
  });

  it('may reach whom it asks and tells, and nobody may reach it', () => {
    const { spec } = find(manifests, 'NetworkPolicy', 'allow-audit');
    const reached = (spec?.egress ?? []).map(({ to, ports }) => [
      to?.[0]?.podSelector?.matchLabels?.['app.kubernetes.io/name'],
      ports?.map(({ port }) => port),
    ]);
    expect(reached).toEqual([
      ['nats', [4222]],
      ['order', [8081]],
      ['psp', [8081]],
      ['collector', [4318]],
    ]);
    expect(spec?.ingress).toBeUndefined();
    const admin = (name: string) =>
      find(manifests, 'NetworkPolicy', `allow-${name}`).spec?.ingress?.find(({ ports }) =>
        ports?.some(({ port }) => port === 8081),
      )?.from;
    for (const name of ['order', 'psp']) {
      expect(admin(name), name).toMatchObject([
        { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'audit' } } },
      ]);
    }
  });

  it('asks no provider that is real', () => {
    expect(environmentOf(manifests)).toHaveProperty('STORMPROOF_PSP_ADMIN_URL');
    const production = manifestsOf('production');
    expect(environmentOf(production)).not.toHaveProperty('STORMPROOF_PSP_ADMIN_URL');
    expect(production.map(({ metadata }) => metadata.name)).not.toContain('psp-admin');
  });

  it('is left out where the stack does not want it', () => {
    const names = manifestsOf('dev', { audit: false }).map(({ metadata }) => metadata.name);
    for (const name of ['audit', 'order-admin', 'psp-admin', 'allow-audit'])
      expect(names).not.toContain(name);
  });
});
