import { instanceName, instancesOf, instancesOfService } from '../../topology/derive/index.ts';
import { clusterPortsOf, type DeployedPlatform, toxiproxyService } from '../../topology/kubernetes/index.ts';
import { probe } from '../probe.ts';
import { type Instance, TargetError } from '../target.ts';
import { describeInstances } from './instances.ts';
import type { PodFacts } from './pods.ts';
import type { Reach } from './reach.ts';
import type { Roster } from './roster.ts';
import type { UsageReader } from './stats.ts';

/** What runs in the namespace, by the names that a target gives it. */
export type Catalogue = {
  /** @throws TargetError `unknown-service` */
  instances(service: string): Promise<readonly Instance[]>;
  allInstances(): Promise<readonly Instance[]>;
  /** @throws TargetError `unknown-instance` */
  find(instance: string): Promise<Instance>;
  /** The pod that is an instance now. @throws TargetError `not-running` when there is none */
  pod(instance: string): Promise<PodFacts>;
};

/** How many instances a service or backend of a platform is to have. */
export function replicasOf({ topology, proxies }: DeployedPlatform, service: string): number {
  if (service === toxiproxyService) return Math.min(proxies.length, 1);
  return instancesOfService(topology, service, 'kubernetes').length;
}

export function createCatalogue({
  platform,
  roster,
  usageReader,
  reach,
}: {
  readonly platform: DeployedPlatform;
  readonly roster: Roster;
  readonly usageReader: UsageReader;
  readonly reach: Reach;
}): Catalogue {
  const { topology, proxies } = platform;
  const services = [
    ...new Set(instancesOf(topology, 'kubernetes').map(({ service }) => service)),
    ...(proxies.length > 0 ? [toxiproxyService] : []),
  ];

  async function instances(service: string): Promise<readonly Instance[]> {
    if (!services.includes(service)) {
      throw new TargetError('unknown-service', `no service is called ${service}`);
    }
    const pods = await roster.pods(service);
    const usage = await usageReader.read([...pods.values()].flatMap(({ node }) => node ?? []));
    const described = describeInstances({ service, replicas: replicasOf(platform, service), pods, usage });
    return Promise.all(described.map(askWhatIsMissing));
  }

  /** The program itself knows better than the API server why it is not ready. */
  async function askWhatIsMissing(instance: Instance, ordinal: number): Promise<Instance> {
    const { service, state, isReady } = instance;
    const [port, path] =
      service === 'nats' ? ['monitor', 'healthz?js-server-only=true'] : ['admin', 'readyz'];
    const hasPort = clusterPortsOf(topology, service)[port] !== undefined;
    if (isReady || state !== 'running' || !hasPort) return instance;
    const { missing } = await probe(`http://${await reach.instance(service, ordinal, port)}/${path}`);
    if (missing.length === 0) return instance;
    return { ...instance, missing: [`${instance.missing.join(', ')}: ${missing.join(', ')}`] };
  }

  return {
    instances,
    allInstances: async () => (await Promise.all(services.map(instances))).flat(),

    async find(name) {
      const found = (await instances(parse(name).service)).find((instance) => instance.name === name);
      if (found === undefined) throw unknown(name);
      return found;
    },

    async pod(name) {
      const { service, ordinal } = parse(name);
      const pod = (await roster.pods(service)).get(ordinal);
      if (pod === undefined)
        throw new TargetError('not-running', `${instanceName(service, ordinal)} has no pod`);
      return pod;
    },
  };
}

function parse(name: string): { readonly service: string; readonly ordinal: number } {
  const [, service, ordinal] = /^(.+)-(\d+)$/.exec(name) ?? [];
  if (service === undefined) throw unknown(name);
  return { service, ordinal: Number(ordinal) };
}

function unknown(name: string): TargetError {
  return new TargetError('unknown-instance', `no instance is called ${name}`);
}
