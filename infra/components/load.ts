import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { loadManifests } from '../manifests/load.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** How pods that send load are made; none runs until somebody asks for it. A production stack has none. */
export class LoadPods extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:LoadPods', 'load', {}, options);
    createAll(this, loadManifests(stack));
    this.registerOutputs({});
  }
}
