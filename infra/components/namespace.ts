import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { namespaceManifests } from '../manifests/namespace.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** The namespace, unless it exists already. It stays as long as the data in it is to stay. */
export class PlatformNamespace extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:PlatformNamespace', 'namespace', {}, options);
    createAll(this, namespaceManifests(stack), () => ({ protect: stack.config.keepData }));
    this.registerOutputs({});
  }
}
