import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { natsManifests } from '../manifests/nats.ts';
import type { Stack } from '../stack.ts';
import { createAll } from './create.ts';

/** Updates go one by one, and each broker may have much to catch up with. */
const customTimeouts = { create: '30m', update: '120m' };

const templates = ['spec.volumeClaimTemplates'];

/**
 * The brokers; ready when each has caught up. Where data is to be kept, their claims are protected: `pulumi destroy`
 * refuses them, and `pulumi destroy --exclude-protected` takes down everything else and says what it left.
 */
export class Nats extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:Nats', 'nats', {}, options);
    createAll(this, natsManifests(stack), ({ kind }) => {
      if (kind === 'PersistentVolumeClaim') return { protect: true };
      // A change of the template would replace the StatefulSet, all brokers at once; claims made beforehand grow alone.
      if (kind === 'StatefulSet') {
        return { customTimeouts, ...(stack.config.keepData ? { ignoreChanges: templates } : {}) };
      }
      return {};
    });
    this.registerOutputs({});
  }
}
