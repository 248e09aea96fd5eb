import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { alertmanagerManifests } from '../manifests/alertmanager.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Alertmanager, where the topology has it and the stack brings no other. */
export class Alertmanager extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Alertmanager', 'alertmanager', {}, options);
    createAll(this, alertmanagerManifests(stack));
    this.registerOutputs({});
  }
}
