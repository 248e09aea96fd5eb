import type { Majority } from '../targets/majority.ts';
import { names } from '../topology/index.ts';

/**
 * What it means that brokers, or streams, have no majority, and where to read on.
 * @returns undefined while nothing is lacking
 */
export function renderMajorityLoss(majority: Majority): string | undefined {
  const { hasMajority, needed, up, down, leaderless } = majority;
  if (!hasMajority) {
    const why = `at least ${needed} of ${up.length + down.length} must be up and hear each other`;
    const isAlone = up.length < needed;
    return [
      `the brokers have lost their majority: ${who(up, down)}, and ${why}`,
      'No order can be accepted until a majority is back; what was accepted is not lost by that.',
      isAlone
        ? 'What to do: docs/runbooks/broker-quorum-lost.md, and docs/game-day.md where disks are lost'
        : 'What to do: docs/runbooks/stream-without-leader.md',
    ].join('\n');
  }
  if (leaderless.length === 0) return undefined;
  const refused = leaderless.includes(names.ordersStream)
    ? 'No order can be accepted until there is one.'
    : '';
  return [
    `no leader that a majority follows: ${leaderless.join(', ')}`,
    `${refused} An election takes seconds; where it lasts: docs/runbooks/stream-without-leader.md`.trimStart(),
  ].join('\n');
}

function who(up: readonly string[], down: readonly string[]): string {
  const isUp = up.length === 0 ? 'none is up' : `up: ${up.join(', ')}`;
  return down.length === 0 ? isUp : `${isUp}; no answer: ${down.join(', ')}`;
}
