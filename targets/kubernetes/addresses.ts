import { instancesOfService, type PortName } from '../../topology/derive/index.ts';
import { clusterPortsOf, type DeployedPlatform, toxiproxyService } from '../../topology/kubernetes/index.ts';
import type { Addresses, ProxyRef } from '../target.ts';
import type { Reach } from './reach.ts';

/**
 * Lists of services that the platform lacks are empty; addresses of backends that are elsewhere are empty texts.
 *
 * @param orders base URL at which clients reach the order service
 */
export async function addressesOf(
  { topology }: DeployedPlatform,
  reach: Reach,
  orders: string,
): Promise<Addresses> {
  const all = async (service: string, port: PortName, scheme = 'http') => {
    if (clusterPortsOf(topology, service)[port] === undefined) return [];
    const instances = instancesOfService(topology, service, 'kubernetes');
    return Promise.all(
      instances.map(async ({ ordinal }) => `${scheme}://${await reach.instance(service, ordinal, port)}`),
    );
  };
  const one = async (service: string, port: PortName) => (await all(service, port))[0] ?? '';
  return {
    order: [orders],
    orderAdmin: await all('order', 'admin'),
    paymentAdmin: await all('payment', 'admin'),
    psp: await all('psp', 'http'),
    pspAdmin: await all('psp', 'admin'),
    nats: await all('nats', 'client', 'nats'),
    natsMonitor: await all('nats', 'monitor'),
    prometheus: await one('prometheus', 'http'),
    alertmanager: await one('alertmanager', 'http'),
    alertRecorder: await one('alert-recorder', 'http'),
    jaeger: await one('jaeger', 'http'),
    collectorOtlpHttp: await one('collector', 'otlp-http'),
  };
}

/** The proxies of an edge, as this process reaches them. */
export async function proxyRefsOf(
  { proxies }: DeployedPlatform,
  reach: Reach,
  edge: string,
): Promise<readonly ProxyRef[]> {
  const toxiproxy = (port: PortName) => reach.instance(toxiproxyService, 0, port);
  return Promise.all(
    proxies
      .filter((proxy) => proxy.edge === edge)
      .map(async ({ name, callee, calleePort }) => ({
        api: `http://${await toxiproxy('api')}`,
        proxy: name,
        through: await toxiproxy(name),
        past: await reach.instance(callee.service, callee.ordinal, calleePort),
      })),
  );
}
