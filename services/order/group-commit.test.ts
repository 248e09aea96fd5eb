import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RemoteError } from '../runtime/index.ts';
import { createGroupCommit, Gathering, type GroupLimits } from './group-commit.ts';

const limits: GroupLimits = {
  ordersMax: 3,
  bytesMax: 100,
  inFlightMax: 2,
  spacingMs: 0,
  queuedOrdersMax: 20,
  standingMsMax: 100,
  waitMsMax: 1_000,
};

describe('gathering', () => {
  it('fills a group up to its orders, then its bytes', () => {
    const gathering = new Gathering<string>(limits);
    for (const item of ['a', 'b', 'c', 'd']) gathering.add(item, 10, 0);
    gathering.add('e', 95, 0);
    expect(gathering.next(0)?.items).toEqual(['a', 'b', 'c']);
    expect(gathering.next(0)?.items).toEqual(['d']);
  });

  it('takes an order that is larger than a group into a group of its own', () => {
    const gathering = new Gathering<string>(limits);
    gathering.add('huge', 1_000, 0);
    gathering.add('small', 1, 0);
    expect(gathering.next(0)?.items).toEqual(['huge']);
    expect(gathering.next(0)?.items).toEqual(['small']);
  });

  it('refuses what the queue cannot hold, in flight included, until groups are settled', () => {
    const gathering = new Gathering<number>({ ...limits, queuedOrdersMax: 4 });
    for (let order = 0; order < 4; order++) expect(gathering.add(order, 1, 0)).toBeDefined();
    const first = gathering.next(0);
    expect(gathering.add(4, 1, 0)).toBeUndefined();
    if (first !== undefined) gathering.settle(first);
    expect(gathering.add(4, 1, 0)).toBeDefined();
  });

  describe('whose queue is longer than a group', () => {
    /** One group in flight, and as many orders behind it as it has. */
    function createHigh() {
      const gathering = new Gathering<number>({ ...limits, inFlightMax: 1 });
      const add = (atMs: number) => gathering.add(0, 1, atMs) !== undefined;
      add(0);
      let leaving = gathering.next(0);
      /** The group in flight is stored, and the next leaves. */
      const advance = (atMs: number) => {
        if (leaving !== undefined) gathering.settle(leaving);
        leaving = gathering.next(atMs);
        return leaving?.items.length;
      };
      for (let order = 0; order < 3; order++) add(0);
      return { gathering, add, advance };
    }

    it('takes a burst', () => {
      const { add } = createHigh();
      for (const atMs of [0, 20, 50, 90, 100]) expect(add(atMs)).toBe(true);
    });

    it('takes no more than three groups while it stands', () => {
      const { gathering, add, advance } = createHigh();
      for (const atMs of [0, 50, 80, 90, 99, 100]) expect(add(atMs)).toBe(true);
      expect([gathering.queuedOrders, add(101), gathering.isFull(101)]).toEqual([10, false, true]);
      // Nine are queued still.
      expect([advance(110), add(111)]).toEqual([3, false]);
      expect([advance(120), add(121), add(122), add(123), add(124)]).toEqual([3, true, true, true, false]);
    });

    it('does not take a pause for the end', () => {
      const { gathering, add, advance } = createHigh();
      for (const atMs of [0, 20, 40, 60, 80, 101]) add(atMs);
      expect(gathering.isFull(101)).toBe(true);
      while (!gathering.isIdle) advance(110);
      for (let order = 0; order < 9; order++) expect(add(1_000)).toBe(true);
      expect(add(1_000)).toBe(false);
      while (!gathering.isIdle) advance(1_500);
      for (let order = 0; order < 9; order++) expect(add(2_000)).toBe(true);
      // Nobody was refused in the second that began then: the next burst is one.
      while (!gathering.isIdle) advance(2_500);
      for (let order = 0; order < 12; order++) expect(add(3_000)).toBe(true);
    });
  });

  it('expires only groups that have not left', () => {
    const gathering = new Gathering<number>({
      ...limits,
      ordersMax: 1,
      inFlightMax: 1,
      standingMsMax: 1_000,
    });
    gathering.add(1, 1, 0);
    gathering.add(2, 1, 0);
    gathering.add(3, 1, 500);
    gathering.next(0);
    expect(gathering.expire(999)).toEqual([]);
    expect(gathering.expire(1_000).map(({ items }) => items)).toEqual([[2]]);
    expect(gathering.queuedOrders).toBe(2);
  });

  it('lets a group that is not full gather until its time, but never a full one', () => {
    const gathering = new Gathering<number>({ ...limits, spacingMs: 10 });
    gathering.add(1, 1, 0);
    expect(gathering.next(0)?.items).toEqual([1]);
    gathering.add(2, 1, 4);
    expect(gathering.next(4)).toBeUndefined();
    expect(gathering.waitMs(4)).toBe(6);
    expect(gathering.next(10)?.items).toEqual([2]);
    const full = new Gathering<number>({ ...limits, spacingMs: 10 });
    for (const order of [1, 2, 3, 4]) full.add(order, 1, 0);
    expect(full.next(0)?.items).toEqual([1, 2, 3]);
    full.add(5, 1, 0);
    full.add(6, 1, 0);
    expect(full.next(0)?.items).toEqual([4, 5, 6]);
  });

  it('loses no order, doubles none and keeps their sequence, whatever happens in which order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), bytes: fc.integer({ min: 1, max: 150 }) }),
      fc.record({ kind: fc.constant('next' as const) }),
      fc.record({ kind: fc.constant('settle' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('expire' as const), afterMs: fc.nat(2_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(0, 10, 500), (steps, spacingMs) => {
        const gathering = new Gathering<number>({ ...limits, spacingMs });
        const inFlight: NonNullable<ReturnType<typeof gathering.next>>[] = [];
        const left: number[] = [];
        let added = 0;
        let nowMs = 0;
        for (const action of steps) {
          if (action.kind === 'add' && gathering.add(added, action.bytes, nowMs) !== undefined) added += 1;
          if (action.kind === 'next') {
            const group = gathering.next(nowMs);
            if (group === undefined) continue;
            inFlight.push(group);
            left.push(...group.items);
            expect(group.items.length).toBeLessThanOrEqual(limits.ordersMax);
            expect(group.bytes <= limits.bytesMax || group.items.length === 1).toBe(true);
          }
          if (action.kind === 'settle' && inFlight.length > 0) {
            const [group] = inFlight.splice(action.which % inFlight.length, 1);
            if (group !== undefined) gathering.settle(group);
          }
          if (action.kind === 'expire') {
            nowMs += action.afterMs;
            for (const group of gathering.expire(nowMs)) left.push(...group.items);
          }
          expect(inFlight.length).toBeLessThanOrEqual(limits.inFlightMax);
          expect(gathering.queuedOrders).toBeLessThanOrEqual(limits.queuedOrdersMax);
        }
        for (const group of inFlight) gathering.settle(group);
        nowMs += spacingMs;
        for (let group = gathering.next(nowMs); group !== undefined; group = gathering.next(nowMs)) {
          left.push(...group.items);
          gathering.settle(group);
          nowMs += spacingMs;
        }
        expect(left).toEqual(Array.from({ length: added }, (_, order) => order));
        expect([gathering.queuedOrders, gathering.isIdle]).toEqual([0, true]);
      }),
    );
  });
});

/** A publisher whose PubAcks the test gives. */
function createPublisher() {
  const sent: { items: string; messageId: string; ack: PromiseWithResolvers<number> }[] = [];
  const arrivals: (() => void)[] = [];
  return {
    sent,
    publish: (payload: Uint8Array, messageId: string) => {
      const ack = Promise.withResolvers<number>();
      sent.push({ items: new TextDecoder().decode(payload), messageId, ack });
      for (const arrived of arrivals.splice(0)) arrived();
      return ack.promise;
    },
    async untilSent(count: number) {
      while (sent.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
  };
}

function createCommit(publisher: ReturnType<typeof createPublisher>, overrides: Partial<GroupLimits> = {}) {
  return createGroupCommit<string>({
    limits: { ...limits, ...overrides },
    encode: (items) => new TextEncoder().encode(items.join(',')),
    bytesOf: () => 1,
    messageIdOf: (group) => `id-${group}`,
    publish: publisher.publish,
    now: () => 0,
  });
}

describe('group commit', () => {
  it('sends orders of one turn together and answers them with the position of their group', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher);
    const answers = Promise.all(['a', 'b'].map((order) => commit.submit(order)));
    await publisher.untilSent(1);
    publisher.sent[0]?.ack.resolve(7);
    expect(await answers).toEqual([7, 7]);
    expect(publisher.sent.map(({ items, messageId }) => [items, messageId])).toEqual([['a,b', 'id-0']]);
  });

  it('answers nobody before the PubAck', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher);
    let isAnswered = false;
    const answer = commit.submit('a').then(() => {
      isAnswered = true;
    });
    await publisher.untilSent(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    publisher.sent[0]?.ack.resolve(1);
    await answer;
  });

  it('lets the next group leave as soon as one is acknowledged', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher, { inFlightMax: 1 });
    const first = commit.submit('a');
    await publisher.untilSent(1);
    const rest = Promise.all(['b', 'c'].map((order) => commit.submit(order)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(publisher.sent).toHaveLength(1);
    publisher.sent[0]?.ack.resolve(1);
    await first;
    await publisher.untilSent(2);
    publisher.sent[1]?.ack.resolve(2);
    expect(await rest).toEqual([2, 2]);
    expect(publisher.sent[1]?.items).toBe('b,c');
  });

  it('fails every order of a group, and only those, with what the publisher says', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher, { ordersMax: 2 });
    const answers = Promise.allSettled(['a', 'b', 'c'].map((order) => commit.submit(order)));
    await publisher.untilSent(2);
    publisher.sent[0]?.ack.reject(new RemoteError('ack-timeout', 'no ack', { isDefinite: false }));
    publisher.sent[1]?.ack.resolve(2);
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('takes an error that the publisher did not foresee for an unknown outcome', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher);
    const answer = commit.submit('a');
    await publisher.untilSent(1);
    publisher.sent[0]?.ack.reject(new Error('surprise'));
    await expect(answer).rejects.toMatchObject({ isDefinite: false });
  });

  it('refuses definitely when its queue is full', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher, { queuedOrdersMax: 1 });
    const first = commit.submit('a');
    await expect(commit.submit('b')).rejects.toMatchObject({ code: 'queue-full', isDefinite: true });
    await publisher.untilSent(1);
    publisher.sent[0]?.ack.resolve(1);
    await first;
  });

  it('refuses definitely what waited too long behind silent brokers', async () => {
    const publisher = createPublisher();
    let nowMs = 0;
    const commit = createGroupCommit<string>({
      limits: { ...limits, inFlightMax: 1, waitMsMax: 40 },
      encode: () => new Uint8Array(),
      bytesOf: () => 1,
      messageIdOf: String,
      publish: publisher.publish,
      now: () => nowMs,
    });
    const first = commit.submit('a');
    await publisher.untilSent(1);
    const second = commit.submit('b');
    nowMs = 40;
    await expect(second).rejects.toMatchObject({ code: 'queue-timeout', isDefinite: true });
    publisher.sent[0]?.ack.resolve(1);
    expect(await first).toBe(1);
    expect(publisher.sent).toHaveLength(1);
  });

  it('is drained when the last answer is given', async () => {
    const publisher = createPublisher();
    const commit = createCommit(publisher, { inFlightMax: 1, ordersMax: 1 });
    await commit.drained();
    const answers = Promise.all(['a', 'b'].map((order) => commit.submit(order)));
    let isDrained = false;
    const drained = commit.drained().then(() => {
      isDrained = true;
    });
    await publisher.untilSent(1);
    publisher.sent[0]?.ack.resolve(1);
    await publisher.untilSent(2);
    expect(isDrained).toBe(false);
    publisher.sent[1]?.ack.resolve(2);
    await answers;
    await drained;
  });
});
