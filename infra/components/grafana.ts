import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { grafanaManifests } from '../manifests/grafana.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Grafana, where the stack wants it. */
export class Grafana extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Grafana', 'grafana', {}, options);
    createAll(this, grafanaManifests(stack));
    this.registerOutputs({});
  }
}
