/**
 * The Pulumi program. A stack's configuration (config.ts) is applied to the topology (stack.ts), what it would create
 * is made as plain manifests (manifests/) and judged (preflight/), and only then created, a component for each part
 * (components/). Nothing here imports a service: they are deployed as images.
 */
import pulumi from '@pulumi/pulumi';
import { platform } from '../topology/platform.ts';
import { renderFinding } from '../topology/preflight/preflight.ts';
import { Alertmanager } from './components/alertmanager.ts';
import { Audit } from './components/audit.ts';
import { BrokerCertificates } from './components/broker-certificates.ts';
import { BrokerUsers } from './components/broker-users.ts';
import { ClientKeys } from './components/client-keys.ts';
import { Collector } from './components/collector.ts';
import { Grafana } from './components/grafana.ts';
import { Jaeger } from './components/jaeger.ts';
import { LoadPods } from './components/load.ts';
import { PlatformNamespace } from './components/namespace.ts';
import { Nats } from './components/nats.ts';
import { NetworkPolicies } from './components/network-policies.ts';
import { SloPage } from './components/page.ts';
import { DeployedPlatform } from './components/platform.ts';
import { Prometheus } from './components/prometheus.ts';
import { Provision } from './components/provision.ts';
import { PlatformService } from './components/service.ts';
import { Toxiproxy } from './components/toxiproxy.ts';
import { parseStackConfig, StackConfigError } from './config.ts';
import { type Outputs, outputsOf } from './outputs.ts';
import { preflightStack } from './preflight/preflight.ts';
import { createStack, type Stack } from './stack.ts';
import { refuseEncrypted } from './stack-file.ts';

/**
 * Creates everything that the stack's configuration asks for.
 *
 * @throws RunError, before anything is created, with all problems of the configuration or with what preflight calls an
 *   error and how to mend it
 */
export function deploy(): Outputs {
  const stack = readStack();
  refuseDangers(stack);

  const namespace = new PlatformNamespace(stack);
  // Before the pods, so that none of them is ever reachable by everybody.
  const policies = new NetworkPolicies(stack, { dependsOn: [namespace] });
  const first = { dependsOn: [policies] };
  const users = new BrokerUsers(stack, first);
  const certificates = new BrokerCertificates(stack, process.env, first);
  const nats = new Nats(stack, { dependsOn: [users, certificates] });
  const provision = new Provision(stack, { dependsOn: [nats] });
  const toxiproxy = new Toxiproxy(stack, first);
  // Orders wait for no telemetry.
  const telemetry = [Collector, Jaeger, Prometheus, Alertmanager, Grafana, SloPage].map(
    (Backend) => new Backend(stack, first),
  );
  const clients = new ClientKeys(stack, first);
  const services = stack.topology.services.map(
    ({ name }) => new PlatformService(stack, name, { dependsOn: [provision, toxiproxy, clients] }),
  );
  const audit = new Audit(stack, { dependsOn: services });
  const load = new LoadPods(stack, first);
  new DeployedPlatform(stack, { dependsOn: [...services, ...telemetry, audit, load] });
  return outputsOf(stack);
}

function readStack(): Stack {
  const config = Object.entries(pulumi.runtime.allConfig());
  const prefix = `${pulumi.getProject()}:`;
  const own = config.filter(([key]) => key.startsWith(prefix));
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
  try {
    refuseEncrypted(encryptedKeys().filter((key) => key.startsWith(prefix)));
    return createStack(pulumi.getStack(), parseStackConfig(values, platform), platform);
  } catch (error) {
    if (error instanceof StackConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** The keys that were set with `--secret`, as the language host tells it; their values arrive in plain text. */
function encryptedKeys(): readonly string[] {
  return JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? '[]') as string[];
}

function refuseDangers(stack: Stack): void {
  const findings = preflightStack(stack);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new pulumi.RunError(`preflight refuses the stack:\n${errors.map(renderFinding).join('\n')}`);
  }
  for (const finding of findings) void pulumi.log.warn(renderFinding(finding));
}
