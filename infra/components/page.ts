import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { pageManifests } from '../manifests/page.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** The page that shows how the promises stand, where the stack wants it. */
export class SloPage extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:SloPage', 'slo-page', {}, options);
    createAll(this, pageManifests(stack));
    this.registerOutputs({});
  }
}
