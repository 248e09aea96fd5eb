import { expect, it } from 'vitest';
import { parseMessagesPerSecond } from './ceiling.ts';

it.each([
  ['NATS JetStream asynchronous publisher stats: 12,345 msgs/sec ~ 2.6 MiB/sec ~ 81.0us', 12_345],
  ['Pub stats: 640 msgs/sec ~ 140 KiB/sec', 640],
])('reads the rate of %j', (output, rate) => {
  expect(parseMessagesPerSecond(output)).toBe(rate);
});

it.each(['', 'nats: error: no responders available for request', 'stats: 0 msgs/sec'])(
  'refuses %j, which tells none',
  (output) => {
    expect(() => parseMessagesPerSecond(output)).toThrow('told no rate');
  },
);
