import { core } from '@pulumi/kubernetes';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResource,
  type Input,
  output,
  secret,
} from '@pulumi/pulumi';
import type { Env } from '../../tools/index.ts';
import {
  brokerAuthority,
  brokerCertificateOf,
  clusterCertificatesOf,
} from '../../topology/kubernetes/index.ts';
import { createBrokerAuthority, createBrokerCertificate } from '../broker-keys.ts';
import { brokerCertificateManifests } from '../manifests/broker-certificates.ts';
import type { Stack } from '../stack.ts';

type Content = Readonly<Record<string, string>>;

/**
 * The certificates by which the brokers, services and tools speak TLS, and the authority that signs them: made as the keys of
 * the users are (components/broker-users.ts), and left alone when they were rotated. One that is made later, for a service that
 * has joined, is signed by the authority that the stack's state has.
 *
 * @param env where OpenSSL is found
 */
export class BrokerCertificates extends ComponentResource {
  constructor(stack: Stack, env: Env, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:BrokerCertificates', 'broker-certificates', {}, options);
    const manifests = brokerCertificateManifests(stack);
    const create = (name: string, data: Input<Content>): core.v1.Secret & CustomResource => {
      const manifest = manifests.find(({ metadata }) => metadata.name === name);
      if (manifest === undefined) throw new Error(`there is no Secret ${name}`);
      return new core.v1.Secret(name, { ...manifest, data: secret(data) } as never, {
        parent: this,
        ignoreChanges: ['data'],
        additionalSecretOutputs: ['data'],
      });
    };
    if (stack.config.tls) {
      const authority = create(brokerAuthority.secret, createBrokerAuthority(env).then(encoded));
      for (const spec of clusterCertificatesOf(stack.topology, stack.config.namespace)) {
        const content = output(authority.data).apply(async (data) =>
          encoded(await createBrokerCertificate(spec, decoded(data), env)),
        );
        create(brokerCertificateOf(spec.name).secret, content);
      }
    }
    this.registerOutputs({});
  }
}

function encoded(content: Content): Content {
  return mapValues(content, (text) => Buffer.from(text).toString('base64'));
}

function decoded(content: Content): Content {
  return mapValues(content, (text) => Buffer.from(text, 'base64').toString());
}

function mapValues(content: Content, change: (text: string) => string): Content {
  return Object.fromEntries(Object.entries(content).map(([key, text]) => [key, change(text)]));
}
