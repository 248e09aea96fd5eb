import { expect, it } from 'vitest';
import { parseMessagesPerSecond, publisherShapes } from './ceiling.ts';

it.each([
  ['NATS JetStream asynchronous publisher stats: 12,345 msgs/sec ~ 2.6 MiB/sec ~ 81.0us', 12_345],
  [
    '[1] Pub stats: 100 msgs/sec ~ 22 KiB/sec\n[2] Pub stats: 120 msgs/sec\nPub aggregated stats: 219 msgs/sec ~ 48 KiB/sec',
    219,
  ],
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

it('tries several publishers, since one alone waits for a whole batch before it sends the next', () => {
  const shapes = publisherShapes({ inFlightMax: 512 });
  expect(shapes).toContainEqual({ clients: 1, batch: 512 });
  expect(new Set(shapes.map(({ clients }) => clients)).size).toBeGreaterThan(1);
  expect(new Set(shapes.map(({ batch }) => batch)).size).toBeGreaterThan(1);
  expect(Math.max(...shapes.map(({ clients, batch }) => clients * batch))).toBeLessThanOrEqual(16_384);
});
