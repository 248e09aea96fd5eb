import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { withBrokers } from '../../core/brokers.ts';
import { FaultError, type FaultKind, type FaultRequests } from '../../core/fault.ts';
import { streamLeader } from './leader.ts';

const electionDeadlineMs = 5_000;

/**
 * Asks the leader of a stream to step down, as a broker does before maintenance. Proven by another broker that leads. There
 * is nothing to heal: the stream has elected.
 */
export const stepDown: FaultKind<FaultRequests['step-down']> = {
  name: 'step-down',
  parameters: {},
  actsOn: { kind: 'service', services: ['nats'] },

  resolve: async (target, { stream }) => ({ stream, leader: await streamLeader(target, stream) }),
  describe: (victim) => `step-down of ${stepDown.subject(victim)}`,
  subject: ({ stream, leader }) => `${leader} (leads ${stream})`,
  disables: () => [],

  async observe(target, victim) {
    return {
      async prove() {
        const deadline = performance.now() + electionDeadlineMs;
        let leader: string | undefined;
        do {
          // While there is none, an election is under way.
          leader = await streamLeader(target, String(victim.stream)).catch(() => undefined);
          if (leader !== undefined && leader !== victim.leader) break;
          await sleep(100);
        } while (performance.now() < deadline);
        return {
          acted: leader !== undefined && leader !== victim.leader,
          measurement: `${victim.stream} is led by ${leader ?? 'nobody'} (before: ${victim.leader})`,
        };
      },
    };
  },

  async inject(target, { stream }) {
    await withBrokers(target, { reconnectsMax: 3 }, async (connection) => {
      const answer = await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, '', {
        timeout: 5_000,
      });
      const { error } = answer.json<{ error?: { description: string } }>();
      if (error !== undefined)
        throw new FaultError(`${stream} cannot change its leader: ${error.description}`);
    });
  },

  heal: async () => {},

  async residue(target, { stream }) {
    return streamLeader(target, String(stream)).then(
      () => [],
      (error: Error) => [error.message],
    );
  },
};
