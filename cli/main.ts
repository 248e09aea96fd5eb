/**
 * The command line. Each command is a file that registers itself: what it is called, what it takes, examples, and an
 * action that composes what lies below (targets, chaos, load tests, verdicts) without deciding anything itself.
 *
 * Results go to standard output, progress to standard error. Exit codes: 0 success or PASS, 1 an error, 2 a wrong
 * command line, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.
 */
import { Command, CommanderError } from 'commander';
import { registerAudit } from './audit.ts';
import { registerBackup } from './backup.ts';
import { registerBench } from './bench.ts';
import { registerChaos } from './chaos.ts';
import { registerCompare } from './compare.ts';
import { registerDlq } from './dlq.ts';
import { registerDoctor } from './doctor.ts';
import { registerDown } from './down.ts';
import { explainFailure } from './failure.ts';
import { flush } from './flush.ts';
import { registerKeys } from './keys.ts';
import { registerLoad } from './load.ts';
import { registerLogs } from './logs.ts';
import { registerNode } from './node.ts';
import { registerPreflight } from './preflight.ts';
import { registerProof } from './proof.ts';
import { registerRender } from './render.ts';
import { registerSlo } from './slo.ts';
import { registerStatus } from './status.ts';
import { registerStorm } from './storm.ts';
import { registerTest } from './test.ts';
import { registerTrace } from './trace.ts';
import { registerUp } from './up.ts';
import { registerWatch } from './watch.ts';

const program = new Command('stormproof')
  .description('Runs an event-driven order platform, breaks it, and proves what happened to every order.')
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ stormproof storm       the whole story in one command
  $ stormproof up          a platform to play with
  $ stormproof doctor      what is needed, and what is missing`,
  );

for (const register of [
  registerStorm,
  registerChaos,
  registerUp,
  registerDown,
  registerStatus,
  registerLogs,
  registerLoad,
  registerBench,
  registerProof,
  registerCompare,
  registerAudit,
  registerBackup,
  registerDlq,
  registerWatch,
  registerSlo,
  registerTrace,
  registerKeys,
  registerPreflight,
  registerRender,
  registerNode,
  registerDoctor,
  registerTest,
]) {
  register(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has said what is wrong, or shown the help that was asked for.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    const { text, exitCode } = explainFailure(error);
    process.stderr.write(`stormproof: ${text}\n`);
    process.exitCode = exitCode;
  }
}
await Promise.all([flush(process.stdout), flush(process.stderr)]);
// A pooled connection or a timer of a library must not keep a finished command from ending.
process.exit();
