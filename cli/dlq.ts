import { hostname, userInfo } from 'node:os';
import { toJson } from '@bufbuild/protobuf';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { type Command, InvalidArgumentError } from 'commander';
import { mayPass, reasonOf, withBrokers } from '../chaos/index.ts';
import { DeadLetterSchema } from '../proto/gen/orders/v1/orders_pb.js';
import {
  ActionError,
  discardLetters,
  isChosen,
  type Letter,
  type LetterFilter,
  readLetter,
  readLetters,
  redriveLetters,
} from '../services/dead-letters/index.ts';
import { readMajority } from '../targets/majority.ts';
import type { Target } from '../targets/target.ts';
import { names } from '../topology/index.ts';
import { type CommandContext, createContext, type PlatformOptions, withTargetOptions } from './command.ts';
import { letterJson, renderLetter, renderLetters } from './dlq-text.ts';
import { parseDuration } from './duration.ts';
import { UnavailableError, UsageError } from './failure.ts';
import { renderMajorityLoss } from './majority-text.ts';
import { attachRunning } from './platform.ts';

type FilterOptions = {
  readonly cause?: readonly string[];
  readonly stream?: string;
  readonly order?: string;
  readonly run?: string;
  readonly olderThan?: number;
  readonly newerThan?: number;
};
type ListOptions = PlatformOptions & FilterOptions & { readonly all?: boolean };
type ActOptions = ListOptions & { readonly dryRun?: boolean; readonly by: string; readonly note?: string };

/** Tries per broker when the connection breaks on the way. */
const reconnectsMax = 10;

/** `stormproof dlq`: the way back for orders that could not be processed. */
export function registerDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('dead letters: orders that could not be processed, and their way back');
  addList(dlq);
  addShow(dlq);
  addRedrive(dlq);
  addDiscard(dlq);
}

function addList(dlq: Command): void {
  withFilters(withTargetOptions(dlq.command('ls').description('list dead letters')))
    .option('--all', 'also those that something was done about, and who did it')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof dlq ls
  $ stormproof dlq ls --cause charge_failed --older-than 1h
  $ stormproof dlq ls --all --json | jq '.letters[] | select(.actions != [])'

Exit code 3, here and of the other commands: the brokers have no majority, so nobody knows what there is; repeat it later.`,
    )
    .action(async (options: ListOptions) => {
      const context = createContext(options);
      const letters = await onBrokers(options, context, (manager) => choose(manager, options, context, []));
      context.terminal.print(renderLetters(letters, Date.now()));
      context.terminal.printJson({ letters: letters.map(letterJson) });
    });
}

function addShow(dlq: Command): void {
  withTargetOptions(
    dlq.command('show').description('show one dead letter, its order, and what was done about it'),
  )
    .argument('<number>', 'its number, as `dlq ls` gives it', parseSequence)
    .addHelpText('after', '\nExamples:\n  $ stormproof dlq show 17')
    .action(async (sequence: number, options: PlatformOptions) => {
      const context = createContext(options);
      const found = await onBrokers(options, context, async (manager) => {
        const letters = await choose(manager, { ...options, all: true }, context, [sequence]);
        return { letter: letters[0], stored: await readLetter(manager, sequence) };
      });
      const { letter, stored } = found;
      if (letter === undefined || stored === undefined)
        throw new UsageError(`there is no dead letter ${sequence}`);
      context.terminal.print(renderLetter(letter, stored));
      context.terminal.printJson({
        ...letterJson(letter),
        letter: toJson(DeadLetterSchema, stored, { useProtoFieldName: true }),
      });
    });
}

function addRedrive(dlq: Command): void {
  withActing(dlq.command('redrive').description('put orders back, to be processed again'))
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof dlq redrive 17 18
  $ stormproof dlq redrive --cause charge_failed --newer-than 2h --dry-run
  $ stormproof dlq redrive --all --note "provider's incident of Friday is over"

May be interrupted and repeated: an order is put back before its letter is closed, and payment asks the provider for its record
of such an order before it charges it. Exit code 1 when some could not be put back.`,
    )
    .action((sequences: readonly number[], options: ActOptions) =>
      act(sequences, options, async (manager, letters, context) => {
        const { redriven, refused } = await redriveLetters({
          client: manager.jetstream(),
          manager,
          letters,
          actor: actorOf(options),
          now: Date.now,
          signal: context.signal,
          onDone: progress(context, 'put back', letters.length),
        });
        for (const { letter, why } of refused)
          context.terminal.warn(`${letter.sequence}: not put back: ${why}`);
        context.terminal.print(`put back ${redriven.length} of ${letters.length}`);
        context.terminal.printJson({
          redriven: redriven.map(letterJson),
          refused: refused.map(({ letter, why }) => ({ ...letterJson(letter), why })),
        });
        if (refused.length > 0) process.exitCode = 1;
      }),
    );
}

function addDiscard(dlq: Command): void {
  withActing(dlq.command('discard').description('give orders up for good; the letters stay to be read'))
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof dlq discard 17 --note "customer was told, and ordered anew"
  $ stormproof dlq discard --cause undecodable --note "test traffic of another team" --dry-run

Its orders stay dead-lettered; audits take no offence at them any more. Needs --note.`,
    )
    .action((sequences: readonly number[], options: ActOptions) => {
      if (options.note === undefined && options.dryRun !== true) {
        throw new UsageError('say why the orders are given up for good (--note)');
      }
      return act(sequences, options, async (manager, letters, context) => {
        await discardLetters({
          client: manager.jetstream(),
          letters,
          actor: actorOf(options),
          now: Date.now,
          signal: context.signal,
          onDone: progress(context, 'discarded', letters.length),
        });
        context.terminal.print(`discarded ${letters.length}`);
        context.terminal.printJson({ discarded: letters.map(letterJson) });
      });
    });
}

/** Chooses letters, and does something about them unless it is only to be said which they are. */
async function act(
  sequences: readonly number[],
  options: ActOptions,
  use: (manager: JetStreamManager, letters: readonly Letter[], context: CommandContext) => Promise<void>,
): Promise<void> {
  const isChoice = sequences.length > 0 || options.all === true || Object.keys(filterOf(options)).length > 0;
  if (!isChoice) throw new UsageError('say which letters: numbers, a filter such as --cause, or --all');
  const context = createContext(options);
  await onBrokers(options, context, async (manager) => {
    // Whatever was asked for, what is done already is not done again.
    const letters = await choose(manager, { ...options, all: false }, context, sequences);
    if (options.dryRun !== true) return use(manager, letters, context);
    context.terminal.print(renderLetters(letters, Date.now()));
    context.terminal.print(`${letters.length} would be touched; nothing was`);
    context.terminal.printJson({ dryRun: true, letters: letters.map(letterJson) });
  });
}

async function choose(
  manager: JetStreamManager,
  options: ListOptions,
  { terminal }: CommandContext,
  sequences: readonly number[],
): Promise<readonly Letter[]> {
  const filter: LetterFilter = {
    ...filterOf(options),
    ...(sequences.length > 0 ? { sequences } : {}),
    withDone: options.all === true,
  };
  const letters = await readLetters(manager, (done, total) =>
    terminal.status(`reading dead letters: ${done} of ${total}`),
  );
  return letters.filter((letter) => isChosen(letter, filter, Date.now()));
}

function filterOf({ cause, stream, order, run, olderThan, newerThan }: FilterOptions): LetterFilter {
  return {
    ...(cause === undefined ? {} : { causes: cause }),
    ...(stream === undefined ? {} : { stream }),
    ...(order === undefined ? {} : { orderId: order }),
    ...(run === undefined ? {} : { runId: run }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan * 1_000 }),
    ...(newerThan === undefined ? {} : { newerThanMs: newerThan * 1_000 }),
  };
}

function withFilters(command: Command): Command {
  return command
    .option('--cause <cause...>', 'only letters with one of these causes: charge_failed, undecodable …')
    .option('--stream <name>', 'only orders that are stored in this stream')
    .option('--order <id>', 'only this order')
    .option('--run <id>', 'only orders of this run of test traffic')
    .option('--older-than <duration>', 'only letters of at least this age: 90s, 10m, 2h, 3d', parseDuration)
    .option('--newer-than <duration>', 'only letters younger than this', parseDuration);
}

function withActing(command: Command): Command {
  return withFilters(withTargetOptions(command))
    .argument('[numbers...]', 'the letters, as `dlq ls` numbers them', (text: string, before?: number[]) => [
      ...(before ?? []),
      parseSequence(text),
    ])
    .option('--all', 'every letter that nothing was done about yet')
    .option('--dry-run', 'only say which letters are meant')
    .option('--by <name>', 'who does it, for the record', defaultActor())
    .option('--note <text>', 'why, for the record');
}

function actorOf({ by, note = '' }: ActOptions) {
  return { by, note };
}

function defaultActor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A process without an account, as in some containers.
    return `unknown@${hostname()}`;
  }
}

function parseSequence(text: string): number {
  const sequence = Number(text);
  if (Number.isSafeInteger(sequence) && sequence >= 1) return sequence;
  throw new InvalidArgumentError('Expected the number of a dead letter, as `dlq ls` gives it.');
}

function progress({ terminal }: CommandContext, what: string, total: number): () => void {
  let done = 0;
  return () => terminal.status(`${what} ${++done} of ${total}`);
}

/**
 * @throws UnavailableError when the brokers cannot tell what they hold, since no majority of them hears each other; or what
 *   `use` throws
 */
async function onBrokers<T>(
  options: PlatformOptions,
  { signal }: CommandContext,
  use: (manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const target = await attachRunning(options, signal);
  try {
    const why = await whyNobodyDecides(target);
    if (why !== undefined) throw new UnavailableError(why);
    return await withBrokers(target, { reconnectsMax }, async (connection) =>
      use(await jetstreamManager(connection, { checkAPI: false })),
    );
  } catch (error) {
    const isUnanswered = error instanceof ActionError ? error.code === 'unreadable' : mayPass(error);
    if (!isUnanswered) throw error;
    // The brokers may have lost their majority since, or found only now that they have none.
    throw new UnavailableError((await whyNobodyDecides(target)) ?? unreadable(reasonOf(error)), {
      cause: error,
    });
  } finally {
    await target.close();
  }
}

/** @returns undefined while the stream of dead letters has a leader that a majority follows */
async function whyNobodyDecides(target: Target): Promise<string | undefined> {
  const majority = await readMajority(target);
  const isLed = majority.hasMajority && !majority.leaderless.includes(names.deadLettersStream);
  return isLed ? undefined : unreadable(renderMajorityLoss(majority) ?? '');
}

function unreadable(why: string): string {
  return `the dead letters can be neither read nor changed now: ${why}`;
}
