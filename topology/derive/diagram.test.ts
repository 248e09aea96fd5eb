import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { platform } from '../platform.ts';
import { renderDiagram } from './diagram.ts';

test("the README's picture is the one that follows from the topology", () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = /```mermaid\n([\s\S]*?)\n```/.exec(readme)?.[1];
  expect(shown).toBe(renderDiagram(platform));
});
