import { core } from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, secret } from '@pulumi/pulumi';
import { brokerUsersOf } from '../../topology/derive/index.ts';
import { brokerKeysOf } from '../../topology/kubernetes/index.ts';
import { createBrokerKeys } from '../broker-keys.ts';
import { brokerUserManifests } from '../manifests/broker-users.ts';
import type { Stack } from '../stack.ts';

/**
 * The keys by which the brokers let services and tools in: made with the Secret that holds them, and kept by Pulumi as
 * secrets. What is in a Secret later, after keys were rotated, is left alone.
 */
export class BrokerUsers extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:BrokerUsers', 'broker-users', {}, options);
    const manifests = brokerUserManifests(stack);
    for (const { name } of brokerUsersOf(stack.topology)) {
      const manifest = manifests.find(({ metadata }) => metadata.name === brokerKeysOf(name).secret);
      if (manifest === undefined) throw new Error(`the user ${name} of the brokers has no Secret`);
      new core.v1.Secret(
        manifest.metadata.name,
        { ...manifest, stringData: secret(createBrokerKeys(name)) } as never,
        {
          parent: this,
          ignoreChanges: ['data', 'stringData'],
          additionalSecretOutputs: ['data', 'stringData'],
        },
      );
    }
    this.registerOutputs({});
  }
}
