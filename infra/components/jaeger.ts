import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { jaegerManifests } from '../manifests/jaeger.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Jaeger, where the topology has it and the stack brings no other. */
export class Jaeger extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Jaeger', 'jaeger', {}, options);
    createAll(this, jaegerManifests(stack));
    this.registerOutputs({});
  }
}
