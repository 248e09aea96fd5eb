import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import type { Manifest } from '../manifests/index.ts';
import { serviceManifests } from '../manifests/service.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** A little more than the Deployment's own limit, whose words say better what is missing. */
const customTimeouts = { create: '25m', update: '25m' };

/** Any service of the topology, by its name. */
export class PlatformService extends ComponentResource {
  constructor(stack: Stack, name: string, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:PlatformService', name, {}, options);
    createAll(this, serviceManifests(stack, name), (manifest) => ({
      customTimeouts,
      ...(isCountedByAutoscaler(manifest) ? { ignoreChanges: ['spec.replicas'] } : {}),
    }));
    this.registerOutputs({});
  }
}

/** A count that the stack once gave stays when an autoscaler takes over: without one there is a single instance. */
function isCountedByAutoscaler(manifest: Manifest): boolean {
  return manifest.kind === 'Deployment' && manifest.spec?.replicas === undefined;
}
