import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { prometheusManifests } from '../manifests/prometheus.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Prometheus, where the topology has it and the stack brings no other. */
export class Prometheus extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Prometheus', 'prometheus', {}, options);
    createAll(this, prometheusManifests(stack));
    this.registerOutputs({});
  }
}
