import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { natsManifests } from '../manifests/nats.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/**
 * The brokers; ready when each has caught up. Where data is to be kept, their claims are protected: `pulumi destroy`
 * refuses them, and `pulumi destroy --exclude-protected` takes down everything else and says what it left.
 */
export class Nats extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Nats', 'nats', {}, options);
    createAll(this, natsManifests(stack), ({ kind }) => ({ protect: kind === 'PersistentVolumeClaim' }));
    this.registerOutputs({});
  }
}
