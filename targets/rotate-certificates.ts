import { randomBytes, X509Certificate } from 'node:crypto';
import {
  type Certificate,
  type CertificateSpec,
  type Env,
  makeAuthority,
  makeCertificate,
} from '../tools/index.ts';
import { brokersCertificate, operatorUser } from '../topology/derive/index.ts';
import type { Credentials } from './broker-door.ts';

/** Where a place keeps the certificates of a platform whose brokers speak TLS. */
export type CertificateStore = {
  /** What there is to be: the brokers' certificate, and one for each user. */
  readonly specs: readonly CertificateSpec[];
  /** The authority that signs. Its certificate may be followed by others that are believed as well. */
  authority(): Promise<Certificate>;
  certificate(name: string): Promise<Certificate>;
  /** Has everybody believe authorities: certificates, PEM, one after the other. */
  believe(authorities: string): Promise<void>;
  /** Replaces certificates and their keys by name; their holders take them for their next connections. */
  replace(certificates: ReadonlyMap<string, Certificate>): Promise<void>;
  /** Makes an authority the one that signs, and the only one that is believed. */
  succeed(authority: Certificate): Promise<void>;
};

/**
 * Another authority and certificates by it, in the steps in which they take the place of the old ones. Whoever dies between
 * two of them leaves a platform whose parts believe each other.
 */
export type CertificateRotation = {
  /** The new authority is believed as well as the old. */
  accept(): Promise<void>;
  /** @returns by user, SHA-256 of its new certificate: lower-case hex */
  changeUsers(): Promise<ReadonlyMap<string, string>>;
  changeBrokers(): Promise<void>;
  /** The old authority is not believed any more. */
  forget(): Promise<void>;
  /** By which this process looks how far brokers are. */
  readonly shows: {
    /** A certificate by the new authority, to brokers with a certificate by either. */
    readonly next: Tls;
    /** The same, to brokers whose certificate is by the new one. */
    readonly nextOnly: Tls;
    /** A certificate by the old authority, to the same. */
    readonly former: Tls;
  };
};

type Tls = NonNullable<Credentials['tls']>;

/** @throws Error that says so when OpenSSL is missing */
export async function prepareCertificates(store: CertificateStore, env: Env): Promise<CertificateRotation> {
  const former = await store.certificate(operatorUser);
  const old = await store.authority();
  // Two authorities of one name would be taken for each other.
  const next = await makeAuthority(`authority-${randomBytes(4).toString('hex')}`, env);
  const both = `${next.cert}${old.cert}`;
  const made = new Map<string, Certificate>();
  for (const spec of store.specs) made.set(spec.name, await makeCertificate(spec, next, env));
  const own = made.get(operatorUser) ?? former;
  const { [brokersCertificate]: ofBrokers, ...ofUsers } = Object.fromEntries(made);

  return {
    accept: () => store.believe(`${old.cert}${next.cert}`),
    async changeUsers() {
      await store.replace(new Map(Object.entries(ofUsers)));
      return new Map(Object.entries(ofUsers).map(([user, { cert }]) => [user, digestOf(cert)]));
    },
    async changeBrokers() {
      if (ofBrokers !== undefined) await store.replace(new Map([[brokersCertificate, ofBrokers]]));
    },
    forget: () => store.succeed(next),
    shows: {
      next: { ...own, ca: both },
      nextOnly: { ...own, ca: next.cert },
      former: { ...former, ca: next.cert },
    },
  };
}

function digestOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}
