import { brokerStoreLimits } from '../../topology/derive/index.ts';
import type { ManifestOfKind } from '../manifests/index.ts';
import type { Stack } from '../stack.ts';
import type { StackRule } from './rule.ts';

const gibibyte = 1024 ** 3;

/** What one setting of a production stack endangers. */
function inProduction(
  name: string,
  severity: StackRule['severity'],
  isWrong: (stack: Stack) => boolean,
  finding: (stack: Stack) => ReturnType<StackRule['check']>[number],
): StackRule {
  const check = (stack: Stack) =>
    stack.config.environment === 'production' && isWrong(stack) ? [finding(stack)] : [];
  return { name, severity, check };
}

const chaosInProduction = inProduction(
  'chaos-in-production',
  'error',
  ({ config, proxies }) => config.chaos || proxies.length > 0,
  () => ({
    where: 'stormproof:chaos',
    danger: 'real orders pass through proxies that are made to break them',
    fix: 'set stormproof:chaos to false; chaos belongs on a stack with stormproof:environment test',
  }),
);

const simulatedInProduction: StackRule = {
  name: 'simulated-in-production',
  severity: 'error',
  check: ({ config, topology }) =>
    config.environment !== 'production'
      ? []
      : topology.services
          .filter((service) => service.isSimulated === true)
          .map(({ name }) => ({
            where: `service ${name}`,
            danger: 'a simulation answers real orders',
            fix: `set stormproof:external.${name}.url to the real one`,
          })),
};

/** Claims that the cluster makes from a template, and what becomes of them. */
function claimOwners(manifests: readonly { readonly kind: string }[]) {
  return manifests
    .filter((manifest): manifest is ManifestOfKind['StatefulSet'] => manifest.kind === 'StatefulSet')
    .filter(({ spec }) => (spec?.volumeClaimTemplates ?? []).length > 0);
}

const unprotectedClaims: StackRule = {
  name: 'unprotected-claims',
  severity: 'error',
  check: ({ config, topology }, manifests) => {
    if (config.environment !== 'production') return [];
    const claims = new Set(
      manifests.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name),
    );
    const ofBrokers = Array.from({ length: topology.brokers.replicas }, (_, i) => `data-nats-${i}`);
    return claimOwners(manifests)
      .filter(({ metadata, spec }) => {
        const isRetained = spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Retain';
        const isProtected = metadata.name !== 'nats' || ofBrokers.every((name) => claims.has(name));
        return !isRetained || !isProtected || !config.keepData;
      })
      .map(({ metadata }) => ({
        where: `StatefulSet ${metadata.name}`,
        danger:
          'taking the stack down deletes volumes of which there is no copy; those of the brokers hold every order',
        fix: 'set stormproof:keepData to true: claims are protected, and stay when everything else goes',
      }));
  },
};

const claimSmallerThanStreams: StackRule = {
  name: 'claim-smaller-than-streams',
  severity: 'error',
  check: ({ topology }, manifests) => {
    const { fileBytes } = brokerStoreLimits(topology);
    return claimOwners(manifests)
      .filter(({ metadata }) => metadata.name === 'nats')
      .flatMap(({ metadata, spec }) =>
        (spec?.volumeClaimTemplates ?? []).map((claim) => ({
          where: `StatefulSet ${metadata.name}`,
          bytes: gibibytesOf(claim.spec?.resources?.requests?.storage ?? '') * gibibyte,
        })),
      )
      .filter(({ bytes }) => !(bytes > fileBytes))
      .map(({ where }) => ({
        where,
        danger: `its disks are full before the streams are (${fileBytes} bytes), and then no broker stores anything`,
        fix: `set stormproof:resources.nats.storageGib above ${Math.ceil(fileBytes / gibibyte)}, or lower maxBytes`,
      }));
  },
};

/** NaN for a quantity in another unit than the one that manifests are written in. */
function gibibytesOf(quantity: string): number {
  return Number(/^(\d+)Gi$/.exec(quantity)?.[1] ?? Number.NaN);
}

const singleZone = inProduction(
  'single-zone',
  'warning',
  ({ config }) => config.zones < 3,
  ({ config }) => ({
    where: 'stormproof:zones',
    danger: `with ${config.zones} zone(s) the loss of one can take a majority of the brokers`,
    fix: 'spread the nodes over 3 zones and set stormproof:zones to 3',
  }),
);

const brokersInTheClear = inProduction(
  'brokers-in-the-clear',
  'warning',
  ({ config }) => !config.tls,
  () => ({
    where: 'stormproof:tls',
    danger: 'whoever can read the network between nodes reads every order and outcome',
    fix: 'set stormproof:tls to true, before the stack has orders: to change it later takes a stop',
  }),
);

const orderApiOpen = inProduction(
  'order-api-open',
  'warning',
  ({ config }) => !config.apiKeys,
  () => ({
    where: 'stormproof:apiKeys',
    danger: "whoever reaches the order API sends and reads orders in any client's name",
    fix: 'set stormproof:apiKeys to true and put clients into the Secret order-clients',
  }),
);

const openNetwork: StackRule = {
  name: 'open-network',
  severity: 'error',
  check: (_, manifests) =>
    manifests.some(
      (manifest) =>
        manifest.kind === 'NetworkPolicy' &&
        Object.keys(manifest.spec?.podSelector.matchLabels ?? {}).length === 0 &&
        manifest.spec?.policyTypes?.includes('Ingress') === true &&
        manifest.spec.ingress === undefined,
    )
      ? []
      : [
          {
            where: 'network policies',
            danger: 'any pod of the cluster may publish to the brokers or charge at the provider',
            fix: 'deny ingress by default, and allow the edges of the topology',
          },
        ],
};

const scaledStateful: StackRule = {
  name: 'scaled-stateful',
  severity: 'error',
  check: (_, manifests) =>
    manifests
      .filter((manifest) => manifest.kind === 'HorizontalPodAutoscaler')
      .filter(({ spec }) => spec?.scaleTargetRef.kind === 'StatefulSet')
      .map(({ metadata }) => ({
        where: `HorizontalPodAutoscaler ${metadata.name}`,
        danger: 'its instances keep files that no other instance has',
        fix: `take ${metadata.name} out of stormproof:replicasMax`,
      })),
};

const scaleBelowLeast: StackRule = {
  name: 'scale-below-least',
  severity: 'error',
  check: (_, manifests) =>
    manifests
      .filter((manifest) => manifest.kind === 'HorizontalPodAutoscaler')
      .filter(({ spec }) => (spec?.maxReplicas ?? 0) < (spec?.minReplicas ?? 1))
      .map(({ metadata, spec }) => ({
        where: `HorizontalPodAutoscaler ${metadata.name}`,
        danger: `the cluster refuses a most of ${spec?.maxReplicas} below a least of ${spec?.minReplicas}`,
        fix: `raise stormproof:replicasMax of ${metadata.name}, or lower stormproof:replicas`,
      })),
};

export const stackRules: readonly StackRule[] = [
  chaosInProduction,
  simulatedInProduction,
  unprotectedClaims,
  claimSmallerThanStreams,
  singleZone,
  brokersInTheClear,
  orderApiOpen,
  openNetwork,
  scaledStateful,
  scaleBelowLeast,
];
