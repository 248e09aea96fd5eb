import { describe, expect, it } from 'vitest';
import type { Topology } from '../model.ts';
import { platform } from '../platform.ts';
import {
  backendsOf,
  consumerConfig,
  edgeAddresses,
  environmentOf,
  instancesOf,
  type Ports,
  portOf,
  portsNeeded,
  proxiesOf,
  renderNatsServerConfig,
  stopWaves,
  streamConfig,
} from './index.ts';

/** Numbers ports in the order they are needed, so that golden files stay readable. */
function numbered(topology: Topology, proxiedEdges: readonly string[]): Ports {
  let next = 20_000;
  const needed = portsNeeded(topology, proxiesOf(topology, proxiedEdges, 'local'));
  return Object.fromEntries(
    Object.entries(needed).map(([instance, names]) => [
      instance,
      Object.fromEntries(names.map((name) => [name, next++])),
    ]),
  );
}

function addressing(topology: Topology, proxiedEdges: readonly string[] = []) {
  return {
    topology,
    ports: numbered(topology, proxiedEdges),
    proxies: proxiesOf(topology, proxiedEdges, 'local'),
  };
}

const bare: Topology = {
  ...platform,
  services: [],
  consumers: [],
  edges: [],
};

describe('instances', () => {
  it('are counted from 0, brokers first', () => {
    expect(instancesOf(platform, 'local').map((instance) => instance.name)).toEqual([
      'nats-0',
      'nats-1',
      'nats-2',
      'collector-0',
      'jaeger-0',
      'prometheus-0',
      'alertmanager-0',
      'order-0',
      'payment-0',
      'psp-0',
      'broker-metrics-0',
      'alert-recorder-0',
    ]);
  });

  it('depend on the place', () => {
    const kubernetes = instancesOf(platform, 'kubernetes').map((instance) => instance.name);
    expect(kubernetes).toContain('order-1');
  });

  it('leave out the backends that no edge mentions', () => {
    expect(backendsOf(bare)).toEqual(['nats']);
  });
});

describe('the environment of a service', () => {
  it('tells order everything the topology says about it', () => {
    const order = { name: 'order-0', service: 'order', ordinal: 0 };
    expect(
      environmentOf(order, addressing(platform), {
        dataDir: '/run/data/order-0',
        brokerKeyFile: '/run/keys/order.nk',
      }),
    ).toEqual({
      STORMPROOF_INSTANCE: 'order-0',
      STORMPROOF_HTTP_LISTEN: '127.0.0.1:20020',
      STORMPROOF_ADMIN_LISTEN: '127.0.0.1:20021',
      STORMPROOF_DATA_DIR: '/run/data/order-0',
      STORMPROOF_NATS_URL: 'nats://127.0.0.1:20000,nats://127.0.0.1:20003,nats://127.0.0.1:20006',
      STORMPROOF_NATS_MONITOR_URL: 'http://127.0.0.1:20002,http://127.0.0.1:20005,http://127.0.0.1:20008',
      STORMPROOF_NATS_NKEY_FILE: '/run/keys/order.nk',
      STORMPROOF_NATS_INBOX_PREFIX: '_INBOX_order',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:20009',
      NODE_OPTIONS: '--max-semi-space-size=64',
    });
  });

  it('gives no data directory to a service without files', () => {
    const payment = { name: 'payment-0', service: 'payment', ordinal: 0 };
    expect(
      environmentOf(payment, addressing(platform), { dataDir: '/d', brokerKeyFile: '/k' }),
    ).not.toHaveProperty('STORMPROOF_DATA_DIR');
  });

  it('points a proxied edge to its proxy and the others past it', () => {
    const proxied = addressing(platform, ['payment-psp']);
    const payment = environmentOf({ name: 'payment-0', service: 'payment', ordinal: 0 }, proxied, {
      dataDir: '/d',
      brokerKeyFile: '/k',
    });
    const port = portOf(proxied.ports, 'toxiproxy-0', 'payment-psp');
    expect(payment.STORMPROOF_PSP_URL).toBe(`http://127.0.0.1:${port}`);
    expect(payment.STORMPROOF_NATS_URL).toContain(`:${portOf(proxied.ports, 'nats-0', 'client')},`);
  });

  it('lets settings win over what is derived', () => {
    const payment = { name: 'payment-0', service: 'payment', ordinal: 0 };
    const settings = { STORMPROOF_PSP_URL: 'http://elsewhere' };
    expect(
      environmentOf(payment, addressing(platform), { dataDir: '/d', brokerKeyFile: '/k', settings }),
    ).toMatchObject(settings);
  });
});

describe('proxies', () => {
  it('carry the name of their edge', () => {
    expect(proxiesOf(platform, ['payment-psp'], 'local')).toEqual([
      {
        name: 'payment-psp',
        edge: 'payment-psp',
        callee: { name: 'psp-0', service: 'psp', ordinal: 0 },
        calleePort: 'http',
      },
    ]);
  });

  it('are one per instance of the callee', () => {
    const names = proxiesOf(platform, ['payment-nats'], 'local').map((proxy) => proxy.name);
    expect(names).toEqual(['payment-nats-0', 'payment-nats-1', 'payment-nats-2']);
  });

  it('are one per direction of each pair of brokers', () => {
    const routes = proxiesOf(platform, ['nats-nats'], 'local');
    expect(routes.map(({ name }) => name.replace('nats-nats-', ''))).toEqual([
      ...['0-1', '0-2', '1-0', '1-2', '2-0', '2-1'],
    ]);
    const [first] = routes;
    expect([first?.caller?.name, first?.callee.name, first?.calleePort]).toEqual([
      'nats-0',
      'nats-1',
      'cluster',
    ]);
  });

  it('exist for no unknown edge, and in a cluster for no outside client and no route', () => {
    expect(() => proxiesOf(platform, ['psp-order'], 'local')).toThrow('no edge is called psp-order');
    expect(() => proxiesOf(platform, ['client-order'], 'kubernetes')).toThrow('cannot pass');
    expect(() => proxiesOf(platform, ['nats-nats'], 'kubernetes')).toThrow('cannot pass');
  });

  it('refuse an edge whose callee does not speak its protocol', () => {
    const edge = { from: 'order', to: 'psp', protocol: 'nats' } as const;
    expect(() => edgeAddresses(edge, addressing(platform))).toThrow('psp does not speak nats');
  });
});

describe('the configuration of the brokers', () => {
  it('is what it was for the platform', async () => {
    const config = renderNatsServerConfig(platform, {
      instance: 'nats-1',
      ports: numbered(platform, []),
      proxies: [],
      clusterName: 'stormproof',
      storeDir: '/run/data/nats-1',
      routePassword: 'secret',
    });
    await expect(config).toMatchFileSnapshot('golden/nats-1.conf');
  });

  it('speaks TLS to clients and to the other brokers where it is told to', () => {
    const tls = { certFile: '/k/brokers.crt', keyFile: '/k/brokers.key', caFile: '/k/ca.crt' };
    const place = {
      instance: 'nats-1',
      clusterName: 'c',
      storeDir: '/d',
      routePassword: 'secret',
      proxies: [],
    };
    const config = renderNatsServerConfig(platform, { ...place, ports: numbered(platform, []), tls });
    expect(config.match(/verify: true/g)).toHaveLength(2);
    expect(config).toMatch(/\n {2}tls \{\n {4}cert_file: "\/k\/brokers\.crt"/);
  });

  it('knows the others by its own proxies only, where routes pass through proxies', () => {
    const { ports, proxies } = addressing(platform, ['nats-nats']);
    const place = { instance: 'nats-1', clusterName: 'stormproof', storeDir: '/d', routePassword: 'secret' };
    const config = renderNatsServerConfig(platform, { ...place, ports, proxies });
    const routes = [...config.matchAll(/nats-route:\/\/route:secret@127\.0\.0\.1:(\d+)/g)].map(([, port]) =>
      Number(port),
    );
    expect(routes).toEqual(
      ['nats-nats-1-0', 'nats-nats-1-2'].map((name) => portOf(ports, 'toxiproxy-0', name)),
    );
    expect(config).toContain('no_advertise: true');
    expect(config).toContain('pool_size: 1');
  });

  it('has no cluster for a single broker', () => {
    const single = { ...bare, brokers: { ...bare.brokers, replicas: 1 } };
    const config = renderNatsServerConfig(single, {
      instance: 'nats-0',
      ports: numbered(single, []),
      proxies: [],
      clusterName: 'stormproof',
      storeDir: '/d',
      routePassword: 'secret',
    });
    expect(config).not.toContain('cluster');
  });

  it('makes streams that refuse when they are full and consumers that acknowledge explicitly', async () => {
    const configs = {
      streams: platform.streams.map(streamConfig),
      consumers: platform.consumers.map(consumerConfig),
    };
    await expect(`${JSON.stringify(configs, undefined, 2)}\n`).toMatchFileSnapshot('golden/jetstream.json');
  });
});

describe('the order of stopping', () => {
  it('stops callers before callees', () => {
    expect(stopWaves(platform)).toEqual([
      ['order', 'payment', 'broker-metrics'],
      ['psp', 'nats'],
      ['collector'],
      ['jaeger', 'prometheus'],
      ['alertmanager'],
      ['alert-recorder'],
    ]);
  });

  it('stops a circle of callers at once', () => {
    const edges = [
      { from: 'order', to: 'payment', protocol: 'http' },
      { from: 'payment', to: 'order', protocol: 'http' },
    ] as const;
    const circle = { ...bare, services: platform.services.slice(0, 2), edges };
    expect(stopWaves(circle)).toEqual([['nats'], ['order', 'payment']]);
  });
});
