import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { collectorManifests } from '../manifests/collector.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** The OpenTelemetry Collector, where the topology has one. */
export class Collector extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Collector', 'collector', {}, options);
    createAll(this, collectorManifests(stack));
    this.registerOutputs({});
  }
}
