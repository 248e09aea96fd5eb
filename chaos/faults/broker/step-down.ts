import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiError, JetStreamApiError } from '@nats-io/jetstream';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { readLeader, streamLeader } from './leader.ts';

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
        let leader = await streamLeader(target, String(victim.stream));
        // Who steps down leads until it has heard of its successor.
        while (leader === victim.leader && performance.now() < deadline) {
          await sleep(100);
          leader = await streamLeader(target, String(victim.stream));
        }
        return {
          acted: leader !== victim.leader,
          measurement: `${victim.stream} is led by ${leader} (before: ${victim.leader})`,
        };
      },
    };
  },

  /** Only while the victim leads: a second step-down, after an answer that was lost, could make it lead again. */
  async inject(target, victim) {
    const stream = String(victim.stream);
    await askBrokers(target, async (manager, connection) => {
      if ((await readLeader(manager, stream)) !== victim.leader) return;
      const answer = await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, '', {
        timeout: 2_000,
      });
      const { error } = answer.json<{ error?: ApiError }>();
      if (error !== undefined) throw new JetStreamApiError(error);
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
