import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { provisionManifests } from '../manifests/provision.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Streams and consumers as the topology says: ready when the brokers hold them. */
export class Provision extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Provision', 'provision', {}, options);
    createAll(this, provisionManifests(stack));
    this.registerOutputs({});
  }
}
