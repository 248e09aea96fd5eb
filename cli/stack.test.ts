import { describe, expect, it } from 'vitest';
import { UsageError } from './failure.ts';
import { loadStack } from './stack.ts';

describe('a stack by its name', () => {
  it('is read from its file', async () => {
    const { name, config } = await loadStack('production');
    expect({ name, environment: config.environment }).toEqual({
      name: 'production',
      environment: 'production',
    });
  });

  it('is known, or the known ones are told', async () => {
    await expect(loadStack('nowhere')).rejects.toThrow(UsageError);
    await expect(loadStack('nowhere')).rejects.toThrow('there are chaos, dev, node, production');
  });
});
