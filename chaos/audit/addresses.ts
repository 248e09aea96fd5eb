import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Addresses } from '../../targets/target.ts';

/** The URLs by which an audit inside a cluster is told of those whom it asks. */
export type AuditedUrls = {
  readonly natsUrls: readonly string[];
  readonly orderAdminUrl: string;
  readonly pspAdminUrl: string | undefined;
};

/** Every address that a name stands for. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const resolveName: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Where an audit inside a cluster reaches whom it asks. Every instance of order has a projection of its own, so each is
 * asked by its own address, of those that its name stands for at this moment.
 *
 * @throws when the name of order stands for nobody
 */
export async function auditedAddresses(
  { natsUrls, orderAdminUrl, pspAdminUrl }: AuditedUrls,
  resolve: Resolve = resolveName,
): Promise<Pick<Addresses, 'nats' | 'orderAdmin' | 'pspAdmin'>> {
  const { hostname } = new URL(orderAdminUrl);
  const found = [...(await resolve(hostname))].sort();
  if (found.length === 0)
    throw new Error(`${hostname} stands for no instance of order, expected at least one`);
  return {
    nats: natsUrls,
    orderAdmin: found.map((address) => withHost(orderAdminUrl, address)),
    pspAdmin: pspAdminUrl === undefined ? [] : [pspAdminUrl],
  };
}

function withHost(text: string, address: string): string {
  const url = new URL(text);
  url.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return url.href.replace(/\/$/, '');
}
