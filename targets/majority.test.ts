import { describe, expect, it } from 'vitest';
import type { BrokerReading } from '../services/broker-metrics/readings.ts';
import { toyTopology } from './local/fixtures/topology.ts';
import { judgeMajority } from './majority.ts';

const brokers = ['nats-0', 'nats-1', 'nats-2'];

function reading(broker: string, leader: string | undefined): BrokerReading {
  const nothing = { connections: 0, peers: 0, memoryBytes: 0, consumers: [] };
  const counts = { bytes: 0, messages: 0, firstSequence: 0, lastSequence: 0, currentReplicas: 0 };
  return { broker, ...nothing, streams: [{ stream: 'TOYS', leader, ...counts }] };
}

/** @param leaders whom each broker names: `-` for nobody; undefined of one that does not answer */
const judge = (...leaders: readonly (string | undefined)[]) =>
  judgeMajority(
    toyTopology,
    new Map(
      brokers.map((broker, at) => {
        const leader = leaders[at];
        if (leader === undefined) return [broker, undefined];
        return [broker, reading(broker, leader === '-' ? undefined : leader)];
      }),
    ),
  );

describe('a majority', () => {
  it.each([
    ['of all brokers', ['nats-1', 'nats-1', 'nats-1']],
    ['of two', [undefined, 'nats-1', 'nats-1']],
    ['of two that a third does not hear', ['nats-0', 'nats-1', 'nats-1']],
  ])('%s is there', (_, leaders) => {
    expect(judge(...leaders)).toMatchObject({ hasMajority: true, needed: 2, leaderless: [] });
  });

  it.each([
    ['of one that calls itself leader', [undefined, undefined, 'nats-2']],
    ['of one that names a leader who is gone', [undefined, undefined, 'nats-0']],
    ['of two that name a leader who is gone', [undefined, 'nats-0', 'nats-0']],
    ['of all, when each hears nobody', ['nats-0', '-', 'nats-2']],
    ['of all, when the leader that the others name knows nothing of it', ['nats-2', 'nats-2', '-']],
    ['of nobody', [undefined, undefined, undefined]],
  ])('%s is not there', (_, leaders) => {
    expect(judge(...leaders)).toMatchObject({ hasMajority: false, leaderless: ['TOYS'] });
  });

  it('tells who is up, and who is not', () => {
    expect(judge(undefined, 'nats-1', undefined)).toMatchObject({
      up: ['nats-1'],
      down: ['nats-0', 'nats-2'],
    });
  });
});
