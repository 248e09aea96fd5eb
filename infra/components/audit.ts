import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { auditManifests } from '../manifests/audit.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** The continuous audit, where the stack wants it. */
export class Audit extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Audit', 'audit', {}, options);
    createAll(this, auditManifests(stack));
    this.registerOutputs({});
  }
}
