import { describe, expect, it } from 'vitest';
import { ProblemError, RemoteError } from '../runtime/index.ts';
import { createAcceptor, type Stored } from './accept.ts';
import type { Order } from './order.ts';

const order: Order = {
  orderId: 'order-a',
  chargeKey: 'charge-1',
  clientId: 'client',
  idempotencyKey: 'key',
  customerId: 'customer',
  amountMinor: 100,
  currency: 'EUR',
  runId: '',
  traceparent: '',
  receivedAtMs: 0,
};
const otherBody: Order = { ...order, orderId: 'order-b', amountMinor: 200 };

function createParts() {
  const commits: { order: Order; ack: PromiseWithResolvers<number> }[] = [];
  const known = new Map<string, Stored>();
  let refusal: ProblemError | undefined;
  const acceptor = createAcceptor({
    find: (chargeKey) => known.get(chargeKey),
    refusal: () => refusal,
    retryAfterSeconds: () => 7,
    commit: (order) => {
      const ack = Promise.withResolvers<number>();
      commits.push({ order, ack });
      return ack.promise;
    },
  });
  return {
    acceptor,
    commits,
    known,
    refuse: () => {
      refusal = new ProblemError(503, 'full', 'no room');
    },
  };
}

describe('an order whose key is new', () => {
  it('is answered with its position once it is stored', async () => {
    const { acceptor, commits } = createParts();
    const answer = acceptor.accept(order);
    commits[0]?.ack.resolve(5);
    expect(await answer).toEqual({ orderId: 'order-a', position: 5, isReplay: false });
  });

  it('is refused without being sent when no new order may be taken', async () => {
    const { acceptor, commits, refuse } = createParts();
    refuse();
    await expect(acceptor.accept(order)).rejects.toMatchObject({ status: 503 });
    expect([commits.length, acceptor.size()]).toEqual([0, 0]);
  });

  it.each([
    [true, 503],
    [false, 504],
  ])('that fails (definitely: %s) is answered %i and may be sent again', async (isDefinite, status) => {
    const { acceptor, commits } = createParts();
    const answer = acceptor.accept(order);
    commits[0]?.ack.reject(new RemoteError('code', 'message', { isDefinite }));
    await expect(answer).rejects.toMatchObject({ status, retryAfterSeconds: 7 });
    const again = acceptor.accept(order);
    commits[1]?.ack.resolve(6);
    expect(await again).toEqual({ orderId: 'order-a', position: 6, isReplay: false });
  });
});

it.each([
  ['queue-full', 'too-many-waiting'],
  ['queue-timeout', 'too-many-waiting'],
  ['no-responders', 'not-stored'],
])('tells overload from brokers: after %s it is %s', async (cause, code) => {
  const { acceptor, commits } = createParts();
  const answer = acceptor.accept(order);
  commits[0]?.ack.reject(new RemoteError(cause, 'message', { isDefinite: true }));
  await expect(answer).rejects.toMatchObject({ status: 503, code, retryAfterSeconds: 7 });
});

it('a key is known from when its order is taken until both memory and projection have forgotten it', async () => {
  const { acceptor, commits, known } = createParts();
  const isKnown = () => acceptor.isKnown('charge-1');
  const seen = [isKnown()];
  const answer = acceptor.accept(order);
  seen.push(isKnown());
  commits[0]?.ack.resolve(5);
  await answer;
  seen.push(isKnown());
  known.set('charge-1', { orderId: 'order-a', position: 5 });
  acceptor.projected(5);
  seen.push(isKnown());
  known.clear();
  seen.push(isKnown());
  expect(seen).toEqual([false, true, true, true, false]);
});

describe('a repeat', () => {
  it('waits for the first while that is in flight, and is sent once', async () => {
    const { acceptor, commits } = createParts();
    const answers = Promise.all([acceptor.accept(order), acceptor.accept(order)]);
    commits[0]?.ack.resolve(5);
    expect((await answers).map(({ position, isReplay }) => [position, isReplay])).toEqual([
      [5, false],
      [5, true],
    ]);
    expect(commits).toHaveLength(1);
  });

  it('shares the failure of the first while that is in flight', async () => {
    const { acceptor, commits } = createParts();
    const answers = Promise.allSettled([acceptor.accept(order), acceptor.accept(order)]);
    commits[0]?.ack.reject(new RemoteError('ack-timeout', 'no ack', { isDefinite: false }));
    for (const answer of await answers) expect(answer).toMatchObject({ reason: { status: 504 } });
  });

  it('gets the first answer between the PubAck and the projection', async () => {
    const { acceptor, commits } = createParts();
    const first = acceptor.accept(order);
    commits[0]?.ack.resolve(5);
    await first;
    expect(await acceptor.accept(order)).toEqual({ orderId: 'order-a', position: 5, isReplay: true });
    expect(commits).toHaveLength(1);
  });

  it('gets the first answer from the projection, even when no new order may be taken', async () => {
    const { acceptor, commits, known, refuse } = createParts();
    known.set('charge-1', { orderId: 'order-a', position: 3 });
    refuse();
    expect(await acceptor.accept(order)).toEqual({ orderId: 'order-a', position: 3, isReplay: true });
    expect(commits).toHaveLength(0);
  });
});

describe('another body under the same key', () => {
  it('is refused while the first is in flight, stored, and known', async () => {
    const { acceptor, commits, known } = createParts();
    const reused = { status: 422, code: 'idempotency-key-reused' };
    const first = acceptor.accept(order);
    await expect(acceptor.accept(otherBody)).rejects.toMatchObject(reused);
    commits[0]?.ack.resolve(5);
    await first;
    await expect(acceptor.accept(otherBody)).rejects.toMatchObject(reused);
    known.set('charge-1', { orderId: 'order-a', position: 5 });
    acceptor.projected(5);
    await expect(acceptor.accept(otherBody)).rejects.toMatchObject(reused);
    expect(commits).toHaveLength(1);
  });
});

describe('memory', () => {
  it('holds a key until the projection has its order, whichever is told first', async () => {
    const { acceptor, commits } = createParts();
    const keys = ['k1', 'k2', 'k3'];
    const answers = Promise.all(keys.map((chargeKey) => acceptor.accept({ ...order, chargeKey })));
    commits[0]?.ack.resolve(1);
    commits[1]?.ack.resolve(2);
    acceptor.projected(3);
    commits[2]?.ack.resolve(3);
    await answers;
    acceptor.projected(3);
    expect(acceptor.size()).toBe(0);
  });

  it('lets go of stored orders, not of those in flight, when the projection begins anew', async () => {
    const { acceptor, commits } = createParts();
    const first = acceptor.accept(order);
    const second = acceptor.accept({ ...order, chargeKey: 'charge-2' });
    commits[0]?.ack.resolve(1_000);
    await first;
    acceptor.forgetStored();
    expect(acceptor.size()).toBe(1);
    commits[1]?.ack.resolve(1);
    await second;
    acceptor.projected(1);
    expect(acceptor.size()).toBe(0);
  });

  it('does not grow with the orders it has let go', async () => {
    const { acceptor, commits } = createParts();
    for (let position = 1; position <= 5_000; position++) {
      const answer = acceptor.accept({ ...order, chargeKey: `k${position}` });
      commits[position - 1]?.ack.resolve(position);
      await answer;
      if (position > 10) acceptor.projected(position - 10);
      expect(acceptor.size()).toBeLessThanOrEqual(10);
    }
  });
});
