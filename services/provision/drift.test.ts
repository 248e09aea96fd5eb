import { describe, expect, it } from 'vitest';
import { consumerConfig, streamConfig } from '../../topology/derive/index.ts';
import { platform } from '../../topology/platform.ts';
import { consumerDrift, streamDrift } from './drift.ts';

const spec = platform.streams[0];
const consumerSpec = platform.consumers[0];
if (spec === undefined || consumerSpec === undefined)
  throw new Error('the platform has no stream or consumer');
const wanted = streamConfig(spec);
const wantedConsumer = consumerConfig(consumerSpec);

/** What a broker says of a stream that was made as wanted. */
const answered = { ...wanted, max_msgs: -1, max_msgs_per_subject: -1, max_msg_size: -1, max_consumers: -1 };

describe('the drift of a stream', () => {
  it('is nothing when the broker answers with more settings than were asked for', () => {
    expect(streamDrift(wanted, answered, { bytes: 0 })).toEqual([]);
  });

  it('can be repaired where limits grow', () => {
    const found = { ...answered, max_bytes: 1, max_age: 1, discard: 'old', num_replicas: 1 };
    const drift = streamDrift(wanted, found, { bytes: 1 });
    expect(drift.map(({ property }) => property)).toEqual([
      'discard',
      'num_replicas',
      'max_bytes',
      'max_age',
    ]);
    expect(drift.every(({ refusal }) => refusal === undefined)).toBe(true);
  });

  it.each([
    ['storage', { ...answered, storage: 'memory' }, wanted, 0],
    ['discard', answered, { ...wanted, discard: 'old' as const }, 0],
    ['max_bytes', answered, { ...wanted, max_bytes: 10 }, 11],
    ['max_age', answered, { ...wanted, max_age: 10 }, 0],
    ['max_age', { ...answered, max_age: 0 }, wanted, 0],
  ])('is refused where %s could lose messages', (property, found, asked, bytes) => {
    expect(streamDrift(asked, found, { bytes })).toEqual([
      expect.objectContaining({ property, refusal: expect.any(String) }),
    ]);
  });

  it('is what somebody set that the topology leaves alone', () => {
    const found = { ...answered, max_msgs: 10, no_ack: true };
    expect(streamDrift(wanted, found, { bytes: 0 })).toEqual([
      { property: 'max_msgs', found: 10, wanted: -1 },
      { property: 'no_ack', found: true, wanted: undefined },
    ]);
  });

  it('lowers the bytes of a stream that holds fewer', () => {
    const [drift] = streamDrift({ ...wanted, max_bytes: 10 }, answered, { bytes: 10 });
    expect(drift).toEqual({ property: 'max_bytes', found: wanted.max_bytes, wanted: 10 });
  });
});

describe('the drift of a consumer', () => {
  it('can be repaired in deadlines and limits', () => {
    const drift = consumerDrift(wantedConsumer, { ...wantedConsumer, ack_wait: 1, max_deliver: 1 });
    expect(drift.map(({ property, refusal }) => [property, refusal])).toEqual([
      ['ack_wait', undefined],
      ['max_deliver', undefined],
    ]);
  });

  it('is what hides messages from it', () => {
    const found = { ...wantedConsumer, filter_subject: 'orders.v2.created', headers_only: true };
    expect(consumerDrift(wantedConsumer, found)).toEqual([
      { property: 'filter_subject', found: 'orders.v2.created', wanted: undefined },
      { property: 'headers_only', found: true, wanted: undefined },
    ]);
  });

  it('is refused in the way it acknowledges', () => {
    expect(
      consumerDrift(wantedConsumer, { ...wantedConsumer, ack_policy: 'none' })[0]?.refusal,
    ).toBeDefined();
  });
});
