import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { serviceManifests } from '../manifests/service.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** A little more than the Deployment's own limit, whose words say better what is missing. */
const customTimeouts = { create: '25m', update: '25m' };

/** Any service of the topology, by its name. */
export class PlatformService extends ComponentResource {
  constructor(stack: Stack, name: string, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:PlatformService', name, {}, options);
    createAll(this, serviceManifests(stack, name), () => ({ customTimeouts }));
    this.registerOutputs({});
  }
}
