import { expect, it } from 'vitest';
import { renderRules } from './render.ts';

it('renders what it did for the platform', async () => {
  await expect(renderRules()).toMatchFileSnapshot('golden/rules.yml');
});

it('renders what it did for short load runs', async () => {
  await expect(renderRules({ scale: 60 })).toMatchFileSnapshot('golden/rules-scaled.yml');
});

it('refuses to stretch windows', () => {
  expect(() => renderRules({ scale: 0.5 })).toThrow(RangeError);
});
