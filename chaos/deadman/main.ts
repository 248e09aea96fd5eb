/**
 * The dead-man: a process in a session of its own that outlives the runner of an experiment and heals what the runner
 * held, when it dies (its channel closes) or stops renewing a lease (it hangs). It knows what to heal from the run's
 * journal, in which every intent stands before it is acted upon. Started by start.ts.
 */
import { performance } from 'node:perf_hooks';
import { attachTarget } from '../../targets/attach.ts';
import { faultKinds } from '../faults/index.ts';
import { healRun } from './heal.ts';
import { createLeases } from './leases.ts';
import type { DeadManArguments, FromDeadMan, ToDeadMan } from './messages.ts';

const lookEveryMs = 500;

const { target: ref, journal } = JSON.parse(process.argv[2] ?? '') as DeadManArguments;
// Now, while it is well: a runner without a dead-man that reaches the platform must not begin.
const target = await attachTarget(ref);
const leases = createLeases();

/** One healing at a time; a later one finds in the journal what the one before has done. */
let healing: Promise<unknown> = Promise.resolve();
function heal(because: string, isMine?: (injection: string) => boolean): Promise<unknown> {
  healing = healing.then(() =>
    healRun({
      target,
      kinds: faultKinds,
      journalFile: journal,
      because,
      ...(isMine === undefined ? {} : { isMine }),
    }).catch((error: unknown) => console.error(error)),
  );
  return healing;
}

function tell(message: FromDeadMan): void {
  process.send?.(message, undefined, undefined, () => {
    // A runner that has died meanwhile needs no news.
  });
}

process.on('message', (message: ToDeadMan) => {
  if (message.type === 'hold') leases.hold(message.injection, performance.now() + message.leaseMs);
  else if (message.type === 'release') leases.release(message.injection);
  else process.exit(0);
});

process.on('disconnect', async () => {
  await heal('the runner has died');
  process.exit(0);
});

setInterval(() => {
  const injections = leases.takeLapsed(performance.now());
  if (injections.length === 0) return;
  void heal('the runner did not renew the lease', (injection) => injections.includes(injection)).then(() =>
    tell({ type: 'lapsed', injections }),
  );
}, lookEveryMs);

// The runner died before anybody listened, and so before it had broken anything.
if (!process.connected) process.exit(0);
tell({ type: 'ready' });
