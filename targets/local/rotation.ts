import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSeed } from '../../services/runtime/broker-login.ts';
import type { Certificate, Env } from '../../tools/index.ts';
import {
  type BrokerKeys,
  brokerKeysFile,
  brokerUsersOf,
  localHost,
  portOf,
  renderBrokerKeys,
} from '../../topology/derive/index.ts';
import { type CertificateStore, prepareCertificates } from '../rotate-certificates.ts';
import { type KeyStore, type Rotated, type RotationOptions, rotateKeys } from '../rotate-keys.ts';
import { TargetError } from '../target.ts';
import { authorityName, certificatesOf } from './broker-certificates.ts';
import { readPublicKeys, writeSecret } from './broker-keys.ts';
import type { Layout } from './layout.ts';
import { sendSignal } from './process.ts';
import { withRunLock } from './run-lock.ts';
import { openState, type RunState } from './state.ts';

/** Services look for another key every two seconds; a machine under load takes longer for everything. */
const patienceMs = 30_000;
const pollMs = 200;

/**
 * As {@link rotateKeys}, for the platform of a run directory: with its certificates, and the authority that signs them,
 * where its brokers speak TLS.
 *
 * @throws TargetError `not-running`; `busy` when another program starts, stops or changes the platform; as rotateKeys does
 */
export async function rotateLocalKeys(
  layout: Layout,
  options: Pick<RotationOptions, 'onStep'>,
  env: Env,
): Promise<Rotated> {
  return withRunLock(layout, async () => {
    const state = await openState(layout).read();
    if (state?.phase !== 'up')
      throw new TargetError('not-running', 'the platform is down: its keys are not in use');
    const users = brokerUsersOf(state.plan.topology).map(({ name }) => name);
    const url = (scheme: string, name: string, port: string) =>
      `${scheme}://${localHost}:${portOf(state.ports, name, port)}`;
    return rotateKeys(localKeys(layout, state, users), {
      ...options,
      brokers: brokersOf(state).map(({ name }) => ({
        name,
        url: url('nats', name, 'client'),
        monitor: url('http', name, 'monitor'),
      })),
      certificates: state.plan.tls
        ? await prepareCertificates(localCertificates(layout, users), env)
        : undefined,
      patienceMs,
      pollMs,
    });
  });
}

function brokersOf({ instances }: RunState) {
  return Object.values(instances).filter(({ service }) => service === 'nats');
}

function localKeys(layout: Layout, state: RunState, users: readonly string[]): KeyStore {
  const { keys: files } = layout;
  return {
    users,
    seedOf: async (user) => readSeed(files.seed(user)),
    publicKeys: () => readPublicKeys(files),

    async publish(keys: Readonly<Record<string, BrokerKeys>>) {
      const known = await readPublicKeys(files);
      await writeSecret(files.publicKeys, `${JSON.stringify({ ...known, ...keys }, undefined, 2)}\n`);
      for (const [user, pair] of Object.entries(keys)) {
        await writeSecret(layout.config(brokerKeysFile(user)), renderBrokerKeys(user, pair));
      }
      for (const { name, process } of brokersOf(state)) {
        if (process === undefined || !sendSignal(process, 'SIGHUP')) {
          throw new TargetError(
            'not-running',
            `${name} is down, and cannot be told of other keys; start it first`,
          );
        }
      }
    },

    async handOver(seeds) {
      for (const [user, seed] of seeds) {
        await writeSecret(files.seed(user), `${Buffer.from(seed).toString('latin1')}\n`);
      }
    },
  };
}

function localCertificates({ keys }: Layout, users: readonly string[]): CertificateStore {
  const file = (name: string, suffix: string) => join(keys.tlsDirectory, `${name}.${suffix}`);
  const read = async (name: string): Promise<Certificate> => ({
    cert: await readFile(file(name, 'crt'), 'utf8'),
    key: await readFile(file(name, 'key'), 'utf8'),
  });
  // The key first: whoever reads between the two finds them not matching, and reads again.
  const write = async (name: string, { cert, key }: Certificate) => {
    await writeSecret(file(name, 'key'), key);
    await writeSecret(file(name, 'crt'), cert);
  };
  return {
    specs: certificatesOf(users),
    authority: () => read(authorityName),
    certificate: read,
    believe: (authorities) => writeSecret(file(authorityName, 'crt'), authorities),
    async replace(certificates) {
      for (const [name, certificate] of certificates) await write(name, certificate);
    },
    succeed: (authority) => write(authorityName, authority),
  };
}
