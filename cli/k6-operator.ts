import type { Command } from 'commander';
import { stringify } from 'yaml';
import { load } from '../chaos/index.ts';
import { archiveLoad, constantShape, operatorManifests } from '../loadtests/index.ts';
import { programs } from '../tools/programs.ts';
import { loadClient } from '../topology/derive/index.ts';
import { clientKeyOf, clusterHost, clusterPort } from '../topology/kubernetes/index.ts';
import { platform } from '../topology/platform.ts';
import { createContext, newRunId, wholeNumber } from './command.ts';
import type { LoadOptions } from './experiment.ts';
import { type LoadChoice, planLoad } from './load-plan.ts';
import { findTools } from './platform.ts';

type Options = LoadOptions &
  LoadChoice & {
    readonly runners: number;
    readonly runIn: string;
    readonly image: string;
    readonly apiKeys?: boolean;
  };

/** The image that has the k6 which makes the archive. */
const defaultImage = `docker.io/grafana/k6:${programs.k6.build.version}`;

/** Where runners find the key of the client that they send as: nothing of it is in what is written here. */
const loadKey = clientKeyOf(loadClient);

/** Adds `load k6-operator`: the load of a shape for a cluster that has the k6-operator. */
export function addK6Operator(parent: Command): void {
  parent
    .command('k6-operator')
    .description('write the YAML by which the k6-operator sends a load')
    .argument('[shape]', 'how the rate goes, as `load list` shows')
    .option('--runners <count>', 'how many runners share it', wholeNumber(1, 1_000), 4)
    .option('--run-in <namespace>', "their namespace, which must not be the platform's", 'stormproof-load')
    .option('--image <reference>', 'of k6', defaultImage)
    .option(
      '--api-keys',
      `where the API asks for keys: runners take theirs from their namespace's ${loadKey.secret}`,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof load k6-operator black-friday --rate 40000 --orders-per-request 10 --runners 8 > load.yaml
  $ kubectl create namespace stormproof-load && kubectl apply -f load.yaml

The options of \`load\` say how much is sent; --namespace is the platform's.
With --api-keys copy the Secret ${loadKey.secret} there from the platform's namespace first: runners wait for it.
What k6 says is not the verdict of the ledger: \`load --target kubernetes --generators\` gives that.`,
    )
    .action(async (shape: string | undefined, _own: Options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const context = createContext(options);
      const { k6 } = await findTools(['k6'], context);
      // The client is k6 whatever is said.
      const plan = planLoad(shape, { ...options, client: 'k6' }, load.load);
      const { rate, durationSeconds, ordersPerRequest = 1, retry } = plan;
      const operated = {
        runId: newRunId('k6', new Date(), Math.random()),
        ...{ shape: plan.shape ?? constantShape(rate, durationSeconds), ordersPerRequest },
        ...(retry === undefined ? {} : { retry }),
        seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
        urls: [options.orderUrl ?? orderUrlIn(options.namespace ?? 'stormproof')],
        parallelism: options.runners,
      };
      const archive = await archiveLoad(k6, operated);
      const manifests = operatorManifests(operated, archive, {
        namespace: options.runIn,
        image: options.image,
        ...(options.apiKeys === true ? { clientKey: { name: loadKey.secret, key: loadKey.key } } : {}),
      });
      const render = (manifest: object) => `---\n${stringify(manifest, { aliasDuplicateObjects: false })}`;
      process.stdout.write(manifests.map(render).join(''));
      context.terminal.say(`run ${operated.runId}: ${options.runners} runners in ${options.runIn}`);
    });
}

/** The Service of order from another namespace of its cluster. */
function orderUrlIn(namespace: string): string {
  return `http://${clusterHost('order', 0)}.${namespace}.svc:${clusterPort(platform, 'order', 'http')}`;
}
