import type { Command } from 'commander';
import { stringify } from 'yaml';
import { createBrokerAuthority, createBrokerCertificate, createBrokerKeys } from '../infra/broker-keys.ts';
import { brokerCertificateManifests } from '../infra/manifests/broker-certificates.ts';
import { brokerUserManifests } from '../infra/manifests/broker-users.ts';
import { clientKeyManifests, createClientKeys } from '../infra/manifests/client-keys.ts';
import type { Stack } from '../infra/stack.ts';
import { attachLocalTarget } from '../targets/local/index.ts';
import { brokerUsersOf } from '../topology/derive/index.ts';
import {
  brokerAuthority,
  brokerCertificateOf,
  brokerKeysOf,
  clusterCertificatesOf,
} from '../topology/kubernetes/index.ts';
import { holder } from './cluster-run.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  runDirOf,
  withTargetOptions,
} from './command.ts';
import { attachKubernetes } from './kubernetes.ts';
import { loadStack } from './stack.ts';

/** `stormproof keys`: the keys by which the brokers let services and tools in. */
export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys by which the brokers let services and tools in');
  const rotate = keys
    .command('rotate')
    .description(
      'give every service and tool another key, while orders go on; the old ones are worth nothing then',
    );
  withTargetOptions(rotate)
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof keys rotate
  $ stormproof keys rotate --target kubernetes --namespace shop     some minutes; docs/how-to/rotate-keys.md

Where the brokers speak TLS (up --tls, or stormproof:tls of a stack), certificates and the authority that signs them change
too. Each service connects anew, within two seconds; what is on its way then is published again. Interrupted, everybody still
has a key that is good.`,
    )
    .action(async (options: PlatformOptions) => {
      const context = createContext(options);
      const { terminal } = context;
      const { users, cutOff } = await rotateKeysOf(options, context);
      for (const user of cutOff)
        terminal.warn(`${user} was cut off: it did not change to its new key in time`);
      terminal.print(`${users.length} users have other keys: ${users.join(', ')}`);
      terminal.printJson({ users, cutOff });
    });

  keys
    .command('secrets')
    .description(
      'make the keys of a stack and print them as Secrets, for clusters that `pulumi up` does not fill',
    )
    .option('--stack <name>', 'the stack of infra/stacks/Pulumi.<name>.yaml', 'dev')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof keys secrets --stack production | kubectl create -f -

Each time they are other keys: \`kubectl create\` leaves alone what is there. Nothing is written to a file.`,
    )
    .action(async (options: { stack: string }) => {
      const stack = await loadStack(options.stack);
      const contents = { ...keysOf(stack), ...createClientKeys(stack), ...(await certificatesOf(stack)) };
      for (const manifest of [
        ...brokerUserManifests(stack),
        ...clientKeyManifests(stack),
        ...brokerCertificateManifests(stack),
      ]) {
        const stringData = contents[manifest.metadata.name];
        process.stdout.write(`---\n${stringify({ ...manifest, stringData })}`);
      }
    });
}

async function rotateKeysOf(options: PlatformOptions, { terminal, signal }: CommandContext) {
  const onStep = (step: string) => terminal.say(step);
  if (options.target !== 'kubernetes') {
    return (await attachLocalTarget({ runDir: runDirOf(options) })).rotateKeys({ onStep });
  }
  const target = await attachKubernetes(options, signal);
  try {
    return await target.rotateKeys({ onStep, holder: holder() });
  } finally {
    await target.close();
  }
}

/** What Secrets of a stack hold, by their names: each time another thing. */
type Contents = Readonly<Record<string, Readonly<Record<string, string>>>>;

function keysOf({ topology }: Stack): Contents {
  const users = brokerUsersOf(topology);
  return Object.fromEntries(users.map(({ name }) => [brokerKeysOf(name).secret, createBrokerKeys(name)]));
}

async function certificatesOf({ topology, config }: Stack): Promise<Contents> {
  if (!config.tls) return {};
  const authority = await createBrokerAuthority(process.env);
  const made = clusterCertificatesOf(topology, config.namespace).map(async (spec) => [
    brokerCertificateOf(spec.name).secret,
    await createBrokerCertificate(spec, authority, process.env),
  ]);
  return { [brokerAuthority.secret]: authority, ...Object.fromEntries(await Promise.all(made)) };
}
