import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { toxiproxyManifests } from '../manifests/toxiproxy.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Toxiproxy, where edges are proxied. */
export class Toxiproxy extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Toxiproxy', 'toxiproxy', {}, options);
    createAll(this, toxiproxyManifests(stack));
    this.registerOutputs({});
  }
}
