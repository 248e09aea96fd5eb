import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { platformManifests } from '../manifests/platform.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** What was deployed, for whoever finds only the namespace. Created last: it says that everything before it is there. */
export class DeployedPlatform extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:DeployedPlatform', 'platform', {}, options);
    createAll(this, platformManifests(stack));
    this.registerOutputs({});
  }
}
