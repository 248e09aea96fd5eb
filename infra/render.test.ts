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
      '03-broker-certificates.yaml',
      '04-nats.yaml',
      '05-collector.yaml',
      '06-slo-page.yaml',
      '07-provision.yaml',
      '08-order.yaml',
      '09-payment.yaml',
      '10-broker-metrics.yaml',
      '11-audit.yaml',
      '12-platform.yaml',
    ]);
    expect(renderKustomization(files).text).toContain('  - 04-nats.yaml\n');
  });
});
