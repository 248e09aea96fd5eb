/**
 * What follows from a topology inside one namespace of a cluster: names and ports, who may connect to whom, the
 * environment of each service, the configuration of the brokers. Pure, like everything derived.
 */
export {
  type BrokerKeysPlace,
  brokerAuthority,
  brokerCertificateOf,
  brokerKeysOf,
  clusterCertificatesOf,
} from './broker-keys.ts';
export { clientKeyOf, orderClients } from './client-keys.ts';
export { type Connection, connectionsOf, provisionName, scrapeTargets } from './connections.ts';
export { type DeployedPlatform, deployedPlatform } from './deployed.ts';
export {
  type ClusterAddressing,
  clusterEdgeAddresses,
  clusterEnvironmentOf,
  clusterNatsUrls,
} from './environment.ts';
export { clusterNatsConfigFixedAtStart, renderClusterNatsConfig } from './nats-server.ts';
export {
  auditName,
  clusterHost,
  clusterPort,
  clusterPortsOf,
  edgePort,
  grafanaService,
  loadPodsName,
  loadPodsPort,
  natsHeadlessService,
  pageService,
  toxiproxyService,
} from './ports.ts';
