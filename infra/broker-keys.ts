import { nkeys } from '@nats-io/nats-core';
import {
  type Certificate,
  type CertificateSpec,
  type Env,
  makeAuthority,
  makeCertificate,
} from '../tools/index.ts';
import { renderBrokerKeys } from '../topology/derive/index.ts';
import { brokerAuthority, brokerCertificateOf, brokerKeysOf } from '../topology/kubernetes/index.ts';

/** The content of a Secret, as text. */
type SecretContent = Readonly<Record<string, string>>;

/** Makes a key for a user: the content of its Secret. The second key is one whose seed nobody has. */
export function createBrokerKeys(user: string): SecretContent {
  const { seed, publicKeys } = brokerKeysOf(user);
  const own = nkeys.createUser();
  const spare = nkeys.createUser().getPublicKey();
  return {
    [seed]: Buffer.from(own.getSeed()).toString('latin1'),
    [publicKeys]: renderBrokerKeys(user, [own.getPublicKey(), spare]),
  };
}

/**
 * Makes an authority for the certificates of a stack: the content of its Secret.
 * @throws Error that says so when OpenSSL is missing
 */
export async function createBrokerAuthority(env: Env): Promise<SecretContent> {
  const { cert, key } = await makeAuthority('stormproof', env);
  return { [brokerAuthority.cert]: cert, [brokerAuthority.key]: key };
}

/**
 * Makes a certificate: the content of its Secret.
 *
 * @param authority the content of the authority's Secret
 * @throws as {@link createBrokerAuthority} does
 */
export async function createBrokerCertificate(
  spec: CertificateSpec,
  authority: SecretContent,
  env: Env,
): Promise<SecretContent> {
  const issuer: Certificate = {
    cert: authority[brokerAuthority.cert] ?? '',
    key: authority[brokerAuthority.key] ?? '',
  };
  const { cert, key } = await makeCertificate(spec, issuer, env);
  const place = brokerCertificateOf(spec.name);
  return { [place.cert]: cert, [place.key]: key, [place.ca]: issuer.cert };
}
