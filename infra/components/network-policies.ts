import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { networkPolicyManifests } from '../manifests/network-policies.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Who may connect to whom in the namespace. */
export class NetworkPolicies extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:NetworkPolicies', 'network-policies', {}, options);
    createAll(this, networkPolicyManifests(stack));
    this.registerOutputs({});
  }
}
