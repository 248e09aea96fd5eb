import { describe, expect, it } from 'vitest';
import { brokerUsersOf, proxiesOf } from '../derive/index.ts';
import { platform } from '../platform.ts';
import {
  clusterCertificatesOf,
  clusterEnvironmentOf,
  clusterNatsConfigFixedAtStart,
  clusterPort,
  clusterPortsOf,
  connectionsOf,
  renderClusterNatsConfig,
} from './index.ts';

const plain = { topology: platform, proxies: [] };
const proxied = {
  topology: platform,
  proxies: proxiesOf(platform, ['payment-nats', 'payment-psp'], 'kubernetes'),
};

describe('the environment of a service in a cluster', () => {
  it('tells order everything the topology says about it', () => {
    expect(clusterEnvironmentOf('order', plain, { dataDir: '/data', brokerKeyFile: '/key' })).toEqual({
      STORMPROOF_HTTP_LISTEN: '0.0.0.0:8080',
      STORMPROOF_ADMIN_LISTEN: '0.0.0.0:8081',
      STORMPROOF_DATA_DIR: '/data',
      STORMPROOF_NATS_URL:
        'nats://nats-0.nats-headless:4222,nats://nats-1.nats-headless:4222,nats://nats-2.nats-headless:4222',
      STORMPROOF_NATS_MONITOR_URL:
        'http://nats-0.nats-headless:8222,http://nats-1.nats-headless:8222,http://nats-2.nats-headless:8222',
      STORMPROOF_NATS_NKEY_FILE: '/key',
      STORMPROOF_NATS_INBOX_PREFIX: '_INBOX_order',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      NODE_OPTIONS: '--max-semi-space-size=64',
    });
  });

  it('points proxied edges to their proxies, one for each broker and one for a service', () => {
    expect(
      clusterEnvironmentOf('payment', proxied, { dataDir: '/data', brokerKeyFile: '/key' }),
    ).toMatchObject({
      STORMPROOF_NATS_URL: 'nats://toxiproxy:20000,nats://toxiproxy:20001,nats://toxiproxy:20002',
      STORMPROOF_PSP_URL: 'http://toxiproxy:20003',
    });
  });

  it('does not exist for a service that does not', () => {
    expect(() => clusterEnvironmentOf('fraud', plain, { dataDir: '/data', brokerKeyFile: '/key' })).toThrow(
      'no service is called fraud',
    );
  });
});

describe('the ports of a cluster', () => {
  it('give every proxy one', () => {
    expect(clusterPortsOf(platform, 'toxiproxy', proxied.proxies)).toEqual({
      api: 8474,
      'payment-nats-0': 20_000,
      'payment-nats-1': 20_001,
      'payment-nats-2': 20_002,
      'payment-psp': 20_003,
    });
  });

  it('are refused for what nobody listens on', () => {
    expect(() => clusterPort(platform, 'payment', 'http')).toThrow('payment has no port called http');
  });
});

describe('the connections of a cluster', () => {
  const lines = (...args: Parameters<typeof connectionsOf>) =>
    connectionsOf(...args).map(({ from, to, port }) => `${from} -> ${to}:${port}`);

  it('follow from the edges', () => {
    expect(lines(platform, [])).toEqual([
      'client -> order:8080',
      'order -> nats:4222',
      'order -> nats:8222',
      'payment -> nats:4222',
      'payment -> nats:8222',
      'payment -> psp:8080',
      'nats -> nats:6222',
      'order -> collector:4318',
      'payment -> collector:4318',
      'psp -> collector:4318',
      'broker-metrics -> nats:8222',
      'broker-metrics -> collector:4318',
      'collector -> jaeger:4317',
      'collector -> prometheus:9090',
      'prometheus -> alertmanager:9093',
      'alertmanager -> alert-recorder:8080',
      'provision -> nats:4222',
      'provision -> nats:8222',
      'prometheus -> collector:8888',
      'prometheus -> jaeger:8888',
    ]);
  });

  it('leave no way past the proxies of an edge', () => {
    const found = lines(platform, proxied.proxies);
    expect(found).not.toContain('payment -> psp:8080');
    expect(found).not.toContain('payment -> nats:4222');
    expect(found).toContain('payment -> toxiproxy:20003');
    expect(found).toContain('toxiproxy -> psp:8080');
    expect(found).toContain('toxiproxy -> nats:4222');
  });
});

describe('the configuration of the brokers', () => {
  it('is what it was for the platform', async () => {
    const config = renderClusterNatsConfig(platform, { storeDir: '/data', pidFile: '/run/nats/nats.pid' });
    await expect(config).toMatchFileSnapshot('golden/nats.conf');
  });

  it('lets in nobody without a certificate, and none of a user as a broker', () => {
    const tls = { certFile: '/k/tls.crt', keyFile: '/k/tls.key', caFile: '/k/ca.crt' };
    const files = { storeDir: '/data', pidFile: '/run/nats/nats.pid' };
    const [clients = '', cluster = ''] = renderClusterNatsConfig(platform, { ...files, tls }).split(
      '\ncluster {',
    );
    expect(clients).toContain('\n  verify: true\n');
    expect(cluster).toContain('\n    verify_cert_and_check_known_urls: true\n');
    expect(clusterNatsConfigFixedAtStart(platform, { ...files, tls })).not.toBe(
      clusterNatsConfigFixedAtStart(platform, files),
    );
  });

  it('has certificates by the names that clients, proxies and port-forwards use', () => {
    const [brokers, ...users] = clusterCertificatesOf(platform, 'shop');
    expect(brokers).toMatchObject({ name: 'brokers', usages: ['serverAuth', 'clientAuth'] });
    expect(brokers?.altNames).toEqual(
      expect.arrayContaining([
        'DNS:nats-2.nats-headless',
        'DNS:toxiproxy',
        'DNS:nats.shop.svc',
        'IP:127.0.0.1',
      ]),
    );
    expect(users.map(({ name }) => name)).toEqual(brokerUsersOf(platform).map(({ name }) => name));
    for (const { usages, altNames } of users) expect([usages, altNames]).toEqual([['clientAuth'], undefined]);
  });

  it('is told apart into what can be reloaded and what needs a restart', () => {
    const files = { storeDir: '/data', pidFile: '/run/nats/nats.pid' };
    const fixed = (changes: Partial<typeof platform.brokers>) =>
      clusterNatsConfigFixedAtStart({ ...platform, brokers: { ...platform.brokers, ...changes } }, files);
    expect(fixed({ replicas: 5, maxPayloadBytes: 4096 })).toBe(fixed({}));
    expect(fixed({ syncInterval: '10s' })).not.toBe(fixed({}));
    expect(fixed({ replicas: 1 })).not.toBe(fixed({}));
  });
});
