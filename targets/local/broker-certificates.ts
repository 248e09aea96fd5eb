import { mkdir } from 'node:fs/promises';
import {
  type CertificateSpec,
  createAuthority,
  createCertificate,
  type Env,
  isLasting,
} from '../../tools/index.ts';
import { brokerCertificatesOf } from '../../topology/derive/index.ts';
import type { Layout } from './layout.ts';

export const authorityName = 'ca';

/**
 * Makes what a run directory lacks: an authority of its own, a certificate for the brokers, by which they know each other
 * too, and one for each user. One that ends within a month is made anew.
 *
 * To be called by whoever holds the run lock.
 *
 * @throws ToolError that says so when OpenSSL is missing
 */
export async function ensureCertificates(
  { keys: { tlsDirectory: directory } }: Pick<Layout, 'keys'>,
  users: readonly string[],
  env: Env,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const options = { directory, env };
  const nowMs = Date.now();
  const isNew = !(await isLasting(authorityName, options, nowMs));
  if (isNew) await createAuthority(authorityName, options);
  for (const spec of certificatesOf(users)) {
    if (isNew || !(await isLasting(spec.name, options, nowMs))) {
      await createCertificate(spec, authorityName, options);
    }
  }
}

/** What there is to be: brokers are on loopback, as are the proxies before them. */
export function certificatesOf(users: readonly string[]): readonly CertificateSpec[] {
  return brokerCertificatesOf(users, ['IP:127.0.0.1', 'DNS:localhost']);
}
