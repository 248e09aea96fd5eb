import { describe, expect, it } from 'vitest';
import { exampleStacks, stackWith } from './fixtures/stacks.ts';
import { partsOf } from './manifests/index.ts';
import { renderKustomization, renderParts } from './render.ts';

describe('rendered YAML', () => {
  it.each(exampleStacks)('of the example %s is what it was', async (name) => {
    const files = renderParts(partsOf(stackWith(name)));
    const text = files
      .map((file) => `# ${file.name}\n${file.text}`)
      .join('')
      // Each has a file of its own.
      .replaceAll(/^( {2}dashboards\.[\w-]+\.json: ).*$/gm, '$1see observability/dashboards/gen');
    await expect(text).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it('is a file for each part, in the order of use, with a list of them', () => {
    const files = renderParts(partsOf(stackWith('production')));
    expect(files.map(({ name }) => name)).toEqual([
      '00-namespace.yaml',
      '01-network-policies.yaml',
      '02-broker-users.yaml',
      '03-client-keys.yaml',
      '04-broker-certificates.yaml',
      '05-nats.yaml',
      '06-collector.yaml',
      '07-slo-page.yaml',
      '08-provision.yaml',
      '09-order.yaml',
      '10-payment.yaml',
      '11-broker-metrics.yaml',
      '12-audit.yaml',
      '13-platform.yaml',
    ]);
    expect(renderKustomization(files).text).toContain('  - 05-nats.yaml\n');
  });
});
