import type { Command } from 'commander';
import { shapes } from '../loadtests/index.ts';
import { peakRate, totalMs } from '../verdict/index.ts';
import { createCommandTerminal, type PlatformOptions, withPlatformOptions } from './command.ts';

/** Adds `load list`: the shapes that a load can have. */
export function addLoadList(load: Command): void {
  withPlatformOptions(load.command('list').description('the shapes that a load can have')).action(
    (_options: PlatformOptions, command: Command) => {
      // Below `load`, which has these options as well, they are its.
      const terminal = createCommandTerminal(command.optsWithGlobals<PlatformOptions>());
      terminal.printJson(shapes);
      const { bold, dim } = terminal.colors;
      const width = Math.max(...shapes.map(({ name }) => name.length));
      for (const shape of shapes) {
        terminal.print(`${bold(shape.name.padEnd(width))}  ${shape.title}`);
        terminal.print(dim(`${' '.repeat(width)}  ${describePhases(shape)}`));
      }
    },
  );
}

/** `up to 10000/s in 175 s: warm-up, normal, rush…` */
function describePhases(shape: (typeof shapes)[number]): string {
  const names = shape.phases.map(({ name }) => name);
  const listed = names.length > 6 ? [...names.slice(0, 3), '…', ...names.slice(-1)] : names;
  return `up to ${peakRate(shape)}/s, ${totalMs(shape) / 1_000} s: ${listed.join(', ')}`;
}
