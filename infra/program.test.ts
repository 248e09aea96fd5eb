import { createPrivateKey, X509Certificate } from 'node:crypto';
import pulumi from '@pulumi/pulumi';
import { describe, expect, it, vi } from 'vitest';
import { brokerUsersOf, digestOfKey } from '../topology/derive/index.ts';
import { platform } from '../topology/platform.ts';
import { exampleStacks, exampleValues, stackWith } from './fixtures/stacks.ts';
import { deploy } from './index.ts';
import { partsOf } from './manifests/index.ts';
import { complaintAboutNode } from './node-version.js';

type Created = { readonly type: string; readonly name: string; readonly inputs: Record<string, unknown> };

let created: Created[] = [];

/** Runs the program as Pulumi would, to its end, with an engine that takes note of what it is told to create. */
async function run(stack: string, values: Readonly<Record<string, unknown>>) {
  created = [];
  pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        created.push({ type, name, inputs });
        return { id: name, state: inputs };
      },
      call: () => ({}),
    },
    'stormproof',
    stack,
    true,
  );
  const texts = Object.entries(values).map(([key, value]) => [
    `stormproof:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts));
  const outputs = deploy();
  await pulumi.runtime.disconnect();
  return outputs;
}

const objects = () => created.filter(({ type }) => type.startsWith('kubernetes:'));

/** What the engine is given as a secret; @see pulumi/sdk/nodejs/runtime/rpc.ts, `specialSecretSig` */
function sealedValue(input: unknown): unknown {
  const { '4dabf18193072939515e22adb298388d': kind, value } = input as Record<string, unknown>;
  expect(kind).toBe('1b47061264138c4ac30d75fd1eb44270');
  return value;
}

describe('the entry', () => {
  it('says plainly that Node.js is too old, and what to do', () => {
    expect(complaintAboutNode('20.20.2', '/usr/bin/node')).toMatch(
      /^Node\.js 24 .*20\.20\.2 \(\/usr\/bin\/node\)/,
    );
    expect(complaintAboutNode('24.0.0', '/usr/bin/node')).toBeUndefined();
  });
});

describe('the Pulumi program', () => {
  it.each(exampleStacks)('creates for the example %s what is rendered', async (name) => {
    await run(name, exampleValues(name));
    const manifests = partsOf(stackWith(name)).flatMap((part) => part.manifests);
    expect(objects()).toHaveLength(manifests.length);
    for (const manifest of manifests) {
      const { apiVersion, kind, metadata } = manifest;
      const group = apiVersion === 'v1' ? 'core/v1' : apiVersion;
      const found = objects().find(
        (one) => one.type === `kubernetes:${group}:${kind}` && one.name === metadata.name,
      );
      if ('spec' in manifest) expect(found?.inputs.spec).toEqual(manifest.spec);
      if ('data' in manifest) expect(found?.inputs.data).toEqual(manifest.data);
      expect(found?.inputs.metadata).toMatchObject(metadata);
    }
  });

  it('makes a key for each user of the brokers, and hands it to Pulumi as a secret only', async () => {
    await run('dev', exampleValues('dev'));
    const secrets = created.filter(({ type }) => type === 'kubernetes:core/v1:Secret');
    expect(secrets.map(({ name }) => name)).toEqual(
      brokerUsersOf(platform).map(({ name }) => `broker-user-${name}`),
    );
    const contents = secrets.map(({ inputs }) => sealedValue(inputs.stringData) as Record<string, string>);
    for (const content of contents) {
      expect(content['user.nk']).toMatch(/^SU[A-Z2-7]{56}$/);
      expect(content['user.conf']).toMatch(/^(KEY_[A-Z_]+_[AB]: "U[A-Z2-7]{55}"\n){2}$/);
    }
    expect(new Set(contents.map((content) => content['user.nk'])).size).toBe(secrets.length);
    expect(JSON.stringify(created.filter(({ type }) => !type.endsWith(':Secret')))).not.toMatch(
      /SU[A-Z2-7]{56}/,
    );
  });

  it('closes the order API where it is asked to, by a key that load has and nothing else tells', async () => {
    await run('dev', { apiKeys: true });
    const content = (name: string) =>
      sealedValue(created.find((one) => one.name === name)?.inputs.stringData) as Record<string, string>;
    const key = content('order-client-stormproof-load')['client.key'] ?? '';
    expect(key).toMatch(/^sp_[\w-]{43}$/);
    expect(JSON.parse(content('order-clients')['clients.json'] ?? '')).toEqual({
      clients: [{ id: 'stormproof-load', keys: [digestOfKey(key)] }],
    });
    expect(
      JSON.stringify(created.filter(({ name }) => name !== 'order-client-stormproof-load')),
    ).not.toContain(key);
  });

  it('lets nobody in where orders are real, before somebody says who', async () => {
    await run('production', exampleValues('production'));
    const secrets = created.filter(({ name }) => name.startsWith('order-client'));
    expect(secrets.map(({ name }) => name)).toEqual(['order-clients']);
    expect(sealedValue(secrets[0]?.inputs.stringData)).toEqual({ 'clients.json': '{\n  "clients": []\n}\n' });
  });

  it('makes certificates by one authority, and hands them to Pulumi as secrets only', async () => {
    await run('dev', { tls: true });
    const contents = new Map(
      created
        .filter(({ name }) => name === 'broker-authority' || name.startsWith('broker-tls-'))
        .map(({ name, inputs }) => {
          const data = sealedValue(inputs.data) as Record<string, string>;
          const decoded = Object.entries(data).map(([key, text]) => [
            key,
            Buffer.from(text, 'base64').toString(),
          ]);
          return [name, Object.fromEntries(decoded) as Record<string, string>];
        }),
    );
    const authority = new X509Certificate(contents.get('broker-authority')?.['ca.crt'] ?? '');
    expect(authority.ca).toBe(true);
    const certificates = [...contents].filter(([name]) => name !== 'broker-authority');
    // They are made side by side.
    const users = brokerUsersOf(platform).map(({ name }) => name);
    expect(certificates.map(([name]) => name).sort()).toEqual(
      ['brokers', ...users].map((name) => `broker-tls-${name}`).sort(),
    );
    for (const [name, content] of certificates) {
      const certificate = new X509Certificate(content['tls.crt'] ?? '');
      expect(certificate.verify(authority.publicKey), name).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(content['tls.key'] ?? '')), name).toBe(true);
      expect(content['ca.crt'], name).toBe(contents.get('broker-authority')?.['ca.crt']);
      expect(certificate.subjectAltName?.includes('nats-2.nats-headless') ?? false, name).toBe(
        name === 'broker-tls-brokers',
      );
    }
    const others = JSON.stringify(created.filter(({ type }) => !type.endsWith(':Secret')));
    expect(others).not.toContain('PRIVATE KEY');
    expect(others).not.toContain(Buffer.from('-----BEGIN PRIVATE').toString('base64').slice(0, 20));
  });

  it('tells a person where everything is', async () => {
    expect(await run('dev', { namespace: 'shop' })).toMatchObject({
      namespace: 'shop',
      isForTests: true,
      orders: { order: { portForward: 'kubectl -n shop port-forward svc/order 8080:8080' } },
      telemetry: {
        jaeger: { url: 'http://jaeger.shop.svc:16686' },
        grafana: {
          password: 'kubectl -n shop exec deploy/grafana -c grafana -- cat /run/grafana/admin-password',
        },
      },
      promises: { portForward: 'kubectl -n shop port-forward svc/slo-page 8080:8080' },
      dashboards: {
        'Overview and SLOs': 'http://127.0.0.1:3000/d/stormproof-overview',
      },
    });
    expect(await run('dev', { sloPage: false })).not.toHaveProperty('promises');
    expect(await run('dev', { grafana: false, expose: 'NodePort' })).toMatchObject({
      exposed: 'kubectl -n stormproof get service order',
      dashboards: {},
    });
  });

  it('refuses what preflight calls an error, before it creates anything', async () => {
    const values = { ...exampleValues('production'), chaos: true };
    await expect(run('production', values)).rejects.toThrow(
      /chaos-in-production.*\n {2}fix: set stormproof:chaos/,
    );
    expect(created).toEqual([]);
  });

  it('takes no encrypted value, which would be in its state in plain text', async () => {
    vi.stubEnv('PULUMI_CONFIG_SECRET_KEYS', '["stormproof:settings","other:token"]');
    try {
      await expect(run('dev', {})).rejects.toThrow(/1 problem.*stormproof:settings: is encrypted/s);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(created).toEqual([]);
  });

  it('names every bad key in one message', async () => {
    await expect(run('dev', { zones: 0, colour: 'red' })).rejects.toThrow(/2 problem.*zones.*\n.*colour/s);
    expect(created).toEqual([]);
  });
});
