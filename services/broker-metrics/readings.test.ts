import { describe, expect, it } from 'vitest';
import { consumersByLeader, parseReading, streamsByLeader } from './readings.ts';

function jsz(leader: string | undefined, bytes: number) {
  const cluster = {
    ...(leader === undefined ? {} : { leader }),
    replicas: [
      { name: 'nats-1', current: true },
      { name: 'nats-2', current: true, offline: true },
    ],
  };
  return {
    account_details: [
      {
        stream_detail: [
          {
            name: 'ORDERS',
            cluster,
            state: { messages: 2, bytes, first_seq: 1, last_seq: 2 },
            consumer_detail: [
              {
                name: 'payment-processor',
                config: { durable_name: 'payment-processor' },
                cluster,
                num_pending: 7,
                delivered: { consumer_seq: 9, stream_seq: 6 },
              },
              { name: 'x7Yq', config: {}, cluster },
            ],
          },
        ],
      },
    ],
  };
}

const varz = (name: string) => ({ server_name: name, connections: 3, remotes: 2, mem: 1_000 });

describe('the reading of a broker', () => {
  it('holds what the monitoring endpoints say, zero for what they leave out', () => {
    expect(parseReading(varz('nats-0'), jsz('nats-0', 80))).toEqual({
      broker: 'nats-0',
      connections: 3,
      peers: 2,
      memoryBytes: 1_000,
      streams: [
        {
          stream: 'ORDERS',
          leader: 'nats-0',
          bytes: 80,
          messages: 2,
          firstSequence: 1,
          lastSequence: 2,
          currentReplicas: 2,
        },
      ],
      consumers: [
        {
          stream: 'ORDERS',
          consumer: 'payment-processor',
          leader: 'nats-0',
          pending: 7,
          ackPending: 0,
          redelivered: 0,
          redeliveries: 3,
        },
      ],
    });
  });

  it('tells of redeliveries also after the consumer was set back', () => {
    const redeliveries = [
      { consumer_seq: 9, stream_seq: 6 },
      { consumer_seq: 1, stream_seq: 7 },
      { consumer_seq: 5, stream_seq: 8 },
    ].map((delivered) => {
      const consumer = { name: 'payment', config: { durable_name: 'payment' }, delivered };
      const stream_detail = [{ name: 'ORDERS', consumer_detail: [consumer] }];
      const answer = { account_details: [{ stream_detail }] };
      return parseReading(varz('nats-0'), answer).consumers[0]?.redeliveries;
    });
    expect(redeliveries).toEqual([3, -6, -3]);
  });

  it('survives answers of any other shape', () => {
    for (const answer of [undefined, null, 'a text', [], { account_details: [{ stream_detail: 'none' }] }]) {
      expect(parseReading(answer, answer).streams).toEqual([]);
    }
  });
});

describe('what brokers say together', () => {
  it('is what the leader says', () => {
    const readings = [
      parseReading(varz('nats-0'), jsz('nats-1', 70)),
      parseReading(varz('nats-1'), jsz('nats-1', 80)),
    ];
    expect(streamsByLeader(readings).map(({ bytes }) => bytes)).toEqual([80]);
    expect(consumersByLeader(readings)).toHaveLength(1);
  });

  it('is nothing during an election', () => {
    expect(streamsByLeader([parseReading(varz('nats-0'), jsz(undefined, 70))])).toEqual([]);
  });

  it('is what the only broker says where there is no cluster', () => {
    const alone = { account_details: [{ stream_detail: [{ name: 'ORDERS' }] }] };
    expect(streamsByLeader([parseReading(varz('nats-0'), alone)])).toHaveLength(1);
  });
});
