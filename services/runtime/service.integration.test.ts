import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from './fixtures/processes.ts';

const psp = fileURLToPath(new URL('../psp/main.ts', import.meta.url));

it('ends 2 and says what it found and expected when the level of its log is none', async () => {
  const service = run(process.execPath, [psp], { STORMPROOF_LOG_LEVEL: 'loud' });
  expect(await service.exited()).toBe(2);
  expect(service.output()).toContain('STORMPROOF_LOG_LEVEL: found \\"loud\\", expected trace, debug');
});
