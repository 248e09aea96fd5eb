import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSeed } from '../../services/runtime/broker-login.ts';
import { createAuthority, createCertificate, type Env } from '../../tools/index.ts';
import {
  type BrokerKeys,
  brokerKeysFile,
  brokerUsersOf,
  localHost,
  portOf,
  renderBrokerKeys,
} from '../../topology/derive/index.ts';
import {
  type KeyStore,
  type Rotated,
  type RotationOptions,
  type RotationParts,
  rotateKeys,
} from '../rotate-keys.ts';
import { TargetError } from '../target.ts';
import { authorityName, certificatesOf } from './broker-certificates.ts';
import { readPublicKeys, writeSecret } from './broker-keys.ts';
import type { Layout } from './layout.ts';
import { sendSignal } from './process.ts';
import { withRunLock } from './run-lock.ts';
import { openState, type RunState } from './state.ts';

/** Services look for another key every two seconds; a machine under load takes longer for everything. */
const patienceMs = 30_000;

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
    return rotateKeys(localKeys(layout, state, users), {
      ...options,
      monitors: brokersOf(state).map(
        ({ name }) => `http://${localHost}:${portOf(state.ports, name, 'monitor')}`,
      ),
      patienceMs,
      ...(state.plan.tls ? { parts: certificateParts(layout, users, env) } : {}),
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

    handOver: (user, seed) => writeSecret(files.seed(user), `${Buffer.from(seed).toString('latin1')}\n`),
  };
}

const nextAuthority = 'ca-next';

/** Another authority, and certificates by it for everybody. Who half-way dies leaves files that fit together. */
function certificateParts({ keys }: Layout, users: readonly string[], env: Env): RotationParts {
  const options = { directory: keys.tlsDirectory, env };
  const file = (name: string) => join(keys.tlsDirectory, name);
  return {
    async accept() {
      await createAuthority(nextAuthority, options);
      const [old, next] = await Promise.all(
        [authorityName, nextAuthority].map((name) => readFile(file(`${name}.crt`), 'utf8')),
      );
      await replace(file(`${authorityName}.crt`), `${old}${next}`);
    },
    async change() {
      for (const spec of certificatesOf(users)) await createCertificate(spec, nextAuthority, options);
    },
    async forget() {
      await rename(file(`${nextAuthority}.key`), file(`${authorityName}.key`));
      await rename(file(`${nextAuthority}.crt`), file(`${authorityName}.crt`));
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
