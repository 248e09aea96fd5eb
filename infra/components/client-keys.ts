import { core } from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, secret } from '@pulumi/pulumi';
import { clientKeyManifests, createClientKeys } from '../manifests/client-keys.ts';
import type { Stack } from '../stack.ts';

/**
 * Who may use the order API: made with the Secret that says it, and kept by Pulumi as a secret. What is in it later, when
 * clients came and went, is left alone.
 */
export class ClientKeys extends ComponentResource {
  constructor(stack: Stack, options?: ComponentResourceOptions) {
    super('stormproof:kubernetes:ClientKeys', 'client-keys', {}, options);
    const contents = createClientKeys(stack);
    for (const manifest of clientKeyManifests(stack)) {
      new core.v1.Secret(
        manifest.metadata.name,
        { ...manifest, stringData: secret(contents[manifest.metadata.name]) } as never,
        {
          parent: this,
          ignoreChanges: ['data', 'stringData'],
          additionalSecretOutputs: ['data', 'stringData'],
        },
      );
    }
    this.registerOutputs({});
  }
}
