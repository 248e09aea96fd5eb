import type { Command } from 'commander';
import { findOrder } from '../observability/page/index.ts';
import { createCommandTerminal, type PlatformOptions, withTargetOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { attachRunning } from './platform.ts';
import { sourcesAt } from './slo-open.ts';
import { renderTraces } from './trace-text.ts';

/** `stormproof trace`: the way of one order, from its request to its settlement. */
export function registerTrace(program: Command): void {
  withTargetOptions(program.command('trace <order>').description("show an order's way as a waterfall"))
    .addHelpText(
      'after',
      `
The id of an order stands in the answer to its request; that of a trace does as well. Traces are kept of a share of the
orders, and of those that fail or are slow. Any other order is drawn from the times at which streams stored it.

Examples:
  $ stormproof trace 0f343b0931126a20f133d67c2b018a3b
  $ stormproof trace 0f343b0931126a20f133d67c2b018a3b --json | jq '.waterfalls[].rows[] | {name, durationMs}'

Exit code 1 when nothing is known of it.`,
    )
    .action(async (id: string, options: PlatformOptions) => {
      const terminal = createCommandTerminal(options);
      if (!/^[0-9a-f]{32}$/.test(id))
        throw new UsageError(`${JSON.stringify(id)} is no id of an order or a trace: expected 32 hex digits`);
      const target = await attachRunning(options);
      try {
        const found = await findOrder(await sourcesAt(target), id, Date.now());
        for (const failure of found.failures) terminal.warn(`not all is known: ${failure}`);
        if (found.waterfalls.length > 0) terminal.print(renderTraces(found, terminal.colors));
        else terminal.warn(`nothing is known of ${id}: no trace has it, and no order service knows it`);
        terminal.printJson({ id, ...found });
        if (found.waterfalls.length === 0) process.exitCode = 1;
      } finally {
        await target.close();
      }
    });
}
