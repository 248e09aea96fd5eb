/**
 * What follows from a topology for the place it runs in: instances, ports, addresses, environments, and the
 * configuration of brokers, streams and consumers. Pure functions from the model to plain data or text; targets and
 * the Pulumi program write, start and create what comes out.
 */

export {
  type BrokerCertificate,
  brokerCertificatesOf,
  brokersCertificate,
  type TlsFiles,
} from './broker-tls.ts';
export {
  auditUser,
  type BrokerKeys,
  type BrokerUser,
  brokerKeysFile,
  brokerUsersOf,
  inboxPrefixOf,
  operatorUser,
  parseBrokerKeys,
  provisionUser,
  renderBrokerKeys,
} from './broker-users.ts';
export { clientsFileVariable, digestOfKey, loadClient, newClientKey, renderClients } from './client-keys.ts';
export {
  brokerLoginVariables,
  edgeAddresses,
  environmentOf,
  type LocalAddressing,
  localHost,
  variableOfEdge,
} from './environment.ts';
export {
  backendsOf,
  type InstanceRef,
  instanceName,
  instancesOf,
  instancesOfService,
  type Place,
  serviceNamed,
} from './instances.ts';
export { consumerConfig, type JetStreamConsumer, type JetStreamStream, streamConfig } from './jetstream.ts';
export { brokerStoreLimits, renderNatsServerConfig } from './nats-server.ts';
export { type PortName, type Ports, portOf, portsNeeded, scrapedPorts, toxiproxyInstance } from './ports.ts';
export { isProxiable, type ProxySpec, proxiesOf } from './proxies.ts';
export { stopWaves } from './stop-order.ts';
