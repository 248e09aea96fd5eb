import { expect, it } from 'vitest';
import { runMeasured } from './measured-process.ts';

const never = new AbortController().signal;
const program = (text: string) => [process.execPath, '--eval', text] as const;

it('tells the most memory that a process ever had, though it gave it back', async () => {
  const take = `
    let bytes = Buffer.alloc(200e6, 1);
    setTimeout(() => { bytes = undefined; process.stdout.write('done'); }, 200);`;
  const { exitCode, stdout, peakBytes } = await runMeasured(program(take), never);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done' });
  expect(peakBytes).toBeGreaterThan(200e6);
  expect(peakBytes).toBeLessThan(500e6);
});

it('ends a process that is not waited for any longer', async () => {
  const ending = new AbortController();
  const running = runMeasured(program('setInterval(() => {}, 1000)'), ending.signal);
  setTimeout(() => ending.abort(), 300);
  expect((await running).exitCode).toBeNull();
});

it('says what cannot be started', async () => {
  await expect(runMeasured(['/no/such/program'], never)).rejects.toThrow('ENOENT');
});
