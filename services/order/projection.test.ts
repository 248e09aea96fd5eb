import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exported, orderRow, orders, outcomeRow, outcomes, stream, streams } from './fixtures/projection.ts';
import { openProjection, type Projection, type ProjectionOptions } from './projection.ts';

let directory: string;
let rebuilds: string[];
let contradicted: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stormproof-projection-'));
  rebuilds = [];
  contradicted = [];
});

afterEach(() => rmSync(directory, { recursive: true }));

function open(overrides: Partial<ProjectionOptions> = {}): Projection {
  return openProjection({
    directory,
    bootId: 'boot-1',
    now: () => 1_000,
    keyMemoryMs: 500,
    rowRetentionMs: 10_000,
    rowsMax: 1_000,
    onRebuild: (reason) => rebuilds.push(reason),
    onContradiction: (orderId) => contradicted.push(orderId),
    ...overrides,
  });
}

describe('an order', () => {
  it('is accepted until its outcome comes, then what that says', () => {
    const projection = open();
    projection.apply([orders(1, orderRow('a'))]);
    expect(projection.get('a')).toMatchObject({ state: 'accepted', position: 1, clientId: 'client' });
    projection.apply([
      outcomes(1, outcomeRow('a', { state: 2, reason: 'insufficient_funds', chargeId: '' })),
    ]);
    expect(projection.get('a')).toMatchObject({
      state: 'declined',
      reason: 'insufficient_funds',
      position: 1,
    });
    projection.close();
  });

  it('is not there while only its outcome has come', async () => {
    const projection = open();
    projection.apply([outcomes(1, outcomeRow('a'))]);
    expect([projection.get('a'), await exported(projection)]).toEqual([undefined, []]);
    projection.apply([orders(1, orderRow('a'))]);
    expect(projection.get('a')).toMatchObject({ state: 'charged', chargeId: 'ch-a', amountMinor: 100 });
    projection.close();
  });

  it('that is stored twice keeps its first position', () => {
    const projection = open();
    projection.apply([orders(1, orderRow('a')), orders(2, orderRow('a'))]);
    expect(projection.get('a')?.position).toBe(1);
    projection.close();
  });

  it('shows a second outcome that differs beside the first, which stands', async () => {
    const projection = open();
    projection.apply([orders(1, orderRow('a')), outcomes(1, outcomeRow('a'), outcomeRow('a'))]);
    expect(contradicted).toEqual([]);
    projection.apply([outcomes(2, outcomeRow('a', { state: 2, chargeId: '' }))]);
    expect(contradicted).toEqual(['a']);
    expect(await exported(projection)).toMatchObject([{ state: 'charged', contradictedBy: ['declined'] }]);
    projection.close();
  });
});

describe('a dead letter', () => {
  const given = (reason: string) => outcomeRow('a', { state: 4, reason, chargeId: '' });
  const outcomeAfter = (...later: readonly Parameters<typeof outcomeRow>[1][]) => {
    const projection = open();
    projection.apply([orders(1, orderRow('a')), outcomes(1, given('charge_failed'))]);
    for (const [at, change] of later.entries()) projection.apply([outcomes(2 + at, outcomeRow('a', change))]);
    const { state, reason, chargeId } = projection.get('a') ?? {};
    projection.close();
    return { state, reason, chargeId };
  };

  it.each([
    [{}, { state: 'charged', reason: '', chargeId: 'ch-a' }],
    [
      { state: 2, reason: 'insufficient_funds', chargeId: '' },
      { state: 'declined', reason: 'insufficient_funds', chargeId: '' },
    ],
    [
      { state: 4, reason: 'amount_mismatch', chargeId: '' },
      { state: 'dead-lettered', reason: 'amount_mismatch', chargeId: '' },
    ],
  ])('gives way to what became of its order later: %o', (later, expected) => {
    expect(outcomeAfter(later)).toEqual(expected);
    expect(contradicted).toEqual([]);
  });

  it('gives way also while the order has not come yet', () => {
    const projection = open();
    projection.apply([outcomes(1, given('charge_failed')), outcomes(2, outcomeRow('a'))]);
    projection.apply([orders(1, orderRow('a'))]);
    expect(projection.get('a')).toMatchObject({ state: 'charged', chargeId: 'ch-a' });
    projection.close();
  });

  it('never takes the place of a charge, and is a contradiction then', () => {
    expect(outcomeAfter({}, { state: 4, reason: 'charge_failed', chargeId: '' })).toMatchObject({
      state: 'charged',
    });
    expect(contradicted).toEqual(['a']);
  });

  it('gives way once: what differs from what came then is a contradiction', () => {
    expect(outcomeAfter({}, { state: 2, chargeId: '' })).toMatchObject({ state: 'charged' });
    expect(contradicted).toEqual(['a']);
  });
});

describe('a charge key', () => {
  it('leads to the first order stored under it, while that is remembered', () => {
    const projection = open();
    projection.apply([
      orders(1, orderRow('a', { chargeKey: 'k' })),
      orders(2, orderRow('b', { chargeKey: 'k' }), orderRow('c', { receivedAtMs: 499 })),
    ]);
    expect(projection.find('k')).toEqual({ orderId: 'a', position: 1 });
    expect(projection.find('charge-c')).toBeUndefined();
    projection.close();
  });

  // With 8 rows at most, the index of keys has one generation per row.
  it.each([1_000, 8])(
    'leads to the first order by its position, in whatever row it is (%i rows)',
    (rowsMax) => {
      const projection = open({ rowsMax });
      projection.apply([
        outcomes(1, outcomeRow('b')),
        orders(1, orderRow('a', { chargeKey: 'k' }), orderRow('c', { chargeKey: 'l' })),
        orders(2, orderRow('b', { chargeKey: 'k' }), orderRow('d', { chargeKey: 'l' })),
      ]);
      expect(projection.find('k')).toEqual({ orderId: 'a', position: 1 });
      expect(projection.find('l')).toEqual({ orderId: 'c', position: 1 });
      projection.close();
    },
  );

  it('may be missing: such orders are kept, and found by their ids only', () => {
    const projection = open({ rowsMax: 8 });
    projection.apply([orders(1, orderRow('a', { chargeKey: '' }), orderRow('b', { chargeKey: '' }))]);
    expect(projection.find('')).toBeUndefined();
    expect(projection.get('b')).toMatchObject({ state: 'accepted' });
    projection.close();
  });
});

describe('the file', () => {
  it('resumes where it was closed', async () => {
    const before = open();
    before.attach(streams);
    before.apply([orders(3, orderRow('a')), outcomes(2, outcomeRow('a'))]);
    before.close();
    const after = open({ bootId: 'boot-2' });
    expect(after.attach(streams)).toEqual({ orders: 3, outcomes: 2 });
    expect(await exported(after, 'run')).toMatchObject([{ orderId: 'a', state: 'charged' }]);
    expect(await exported(after, 'other')).toEqual([]);
    expect(rebuilds).toEqual([]);
    after.close();
  });

  it('leaves out what it has applied before', () => {
    const projection = open();
    projection.apply([orders(2, orderRow('a'))]);
    projection.apply([orders(1, orderRow('b')), orders(2, orderRow('c'))]);
    expect([projection.get('b'), projection.get('c')]).toEqual([undefined, undefined]);
    projection.close();
  });

  it.each([
    ['another orders stream', { orders: stream({ created: '2027' }) }, /another orders stream/],
    ['a shorter outcomes stream', { outcomes: stream({ lastPosition: 1 }) }, /ahead of the outcomes stream/],
  ])('starts anew for %s', (_what, changed, reason) => {
    const projection = open();
    projection.attach(streams);
    projection.apply([orders(3, orderRow('a')), outcomes(2, outcomeRow('a'))]);
    expect(projection.attach({ ...streams, ...changed })).toEqual({ orders: 0, outcomes: 0 });
    expect(projection.get('a')).toBeUndefined();
    expect(rebuilds).toEqual([expect.stringMatching(reason)]);
    projection.close();
  });

  it('goes on behind what a stream has forgotten', () => {
    const projection = open();
    expect(projection.attach({ ...streams, orders: stream({ firstPosition: 51 }) }).orders).toBe(50);
    projection.close();
  });

  it('starts anew when the machine went down while it was open, not when the process did', () => {
    const left = open({ commitEveryMs: 0 });
    left.apply([orders(1, orderRow('a'))]);
    left.attach(streams);
    const copy = mkdtempSync(join(tmpdir(), 'stormproof-projection-'));
    try {
      // What a killed process leaves behind: the files as they are, with nobody holding their lock.
      for (const file of readdirSync(directory)) {
        writeFileSync(join(copy, file), readFileSync(join(directory, file)));
      }
      const sameBoot = open({ directory: copy });
      expect(sameBoot.get('a')).toBeDefined();
      sameBoot.close();
    } finally {
      rmSync(copy, { recursive: true });
    }
    expect(rebuilds).toEqual([]);
    left.close();
    const database = new DatabaseSync(join(directory, 'projection.sqlite'));
    database.exec("INSERT INTO boot VALUES ('boot-1')");
    database.close();
    const otherBoot = open({ bootId: 'boot-2' });
    expect(otherBoot.get('a')).toBeUndefined();
    expect(rebuilds).toEqual([expect.stringMatching(/machine went down/)]);
    otherBoot.close();
  });

  it('is not taken for closed in order when somebody who reads it kept it from the disk', () => {
    const projection = open();
    projection.apply([orders(1, orderRow('a'))]);
    const reader = new DatabaseSync(join(directory, 'projection.sqlite'));
    reader.exec('BEGIN; SELECT * FROM orders');
    projection.close();
    reader.close();
    open({ bootId: 'boot-2' }).close();
    expect(rebuilds).toEqual([expect.stringMatching(/machine went down/)]);
  });

  it('opens while others hold its lock when its process was killed', () => {
    const killed = open();
    const copy = mkdtempSync(join(tmpdir(), 'stormproof-projection-'));
    try {
      for (const file of readdirSync(directory)) {
        writeFileSync(join(copy, file), readFileSync(join(directory, file)));
      }
      const other = new DatabaseSync(join(copy, 'projection.sqlite'));
      other.exec('BEGIN IMMEDIATE');
      const projection = open({ directory: copy });
      other.close();
      projection.close();
    } finally {
      rmSync(copy, { recursive: true });
      killed.close();
    }
    expect(rebuilds).toEqual([]);
  });

  it.each([
    [
      'corrupt',
      () => writeFileSync(join(directory, 'projection.sqlite'), 'x'.repeat(10_000)),
      /not a database/,
    ],
    [
      'of another schema version',
      () => {
        const database = new DatabaseSync(join(directory, 'projection.sqlite'));
        database.exec('PRAGMA user_version = 99; CREATE TABLE t (a)');
        database.close();
      },
      /schema version 99/,
    ],
  ])('starts anew when it is %s', (_what, damage, reason) => {
    damage();
    const projection = open();
    expect(projection.attach(streams)).toEqual({ orders: 0, outcomes: 0 });
    expect(rebuilds).toEqual([expect.stringMatching(reason)]);
    projection.close();
  });

  it('starts anew when its rows turn out to be corrupt as it is opened', () => {
    const before = open();
    before.attach(streams);
    before.apply([orders(1, ...Array.from({ length: 500 }, (_, index) => orderRow(`a${index}`)))]);
    before.close();
    const path = join(directory, 'projection.sqlite');
    const contents = readFileSync(path);
    writeFileSync(
      path,
      contents.fill(0xff, contents.indexOf('charge-a250') - 100, contents.indexOf('charge-a250')),
    );
    const after = open();
    expect(rebuilds).toEqual([expect.stringMatching(/malformed/)]);
    expect(after.attach(streams)).toEqual({ orders: 0, outcomes: 0 });
    expect(after.apply([orders(1, orderRow('a250'))])).toBe(true);
    after.close();
  });

  it('can be read while others hold its lock, and takes no message meanwhile', () => {
    const projection = open();
    projection.attach(streams);
    const other = new DatabaseSync(join(directory, 'projection.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    expect(projection.apply([orders(1, orderRow('a'))])).toBe(false);
    expect([projection.get('a'), projection.positions().orders]).toEqual([undefined, 0]);
    other.close();
    expect(projection.apply([orders(1, orderRow('a'))])).toBe(true);
    expect(projection.get('a')).toMatchObject({ state: 'accepted' });
    projection.close();
  });

  it('is back at what is on disk after a message that cannot be written', () => {
    const projection = open();
    projection.attach(streams);
    projection.apply([orders(1, orderRow('a'))]);
    const bad = orderRow('b', { amountMinor: 'many' as unknown as number });
    expect(() => projection.apply([orders(2, bad)])).toThrow();
    expect(projection.positions()).toEqual({ orders: 0, outcomes: 0 });
    expect(projection.get('a')).toBeUndefined();
    projection.apply([orders(1, orderRow('a'))]);
    expect(projection.get('a')).toBeDefined();
    projection.close();
  });
});

describe('its bounds', () => {
  it('delete the oldest rows that are too many, in passing', async () => {
    const projection = open({ rowsMax: 10 });
    for (let position = 1; position <= 50; position++) {
      projection.apply([orders(position, orderRow(`a${position}`), orderRow(`b${position}`))]);
    }
    const rows = await exported(projection);
    expect(rows.length).toBeLessThanOrEqual(12);
    expect(projection.get('b50')).toBeDefined();
    expect(projection.get('a1')).toBeUndefined();
    projection.close();
    const reopened = open({ rowsMax: 10 });
    expect(await exported(reopened)).toEqual(rows);
    expect(rows.map(({ orderId }) => reopened.get(orderId)?.orderId)).toEqual(rows.map((row) => row.orderId));
    reopened.close();
  });

  it('hold for outcomes whose orders never come', async () => {
    const projection = open({ rowsMax: 10 });
    for (let position = 1; position <= 50; position++) {
      projection.apply([outcomes(position, outcomeRow(`a${position}`))]);
    }
    projection.apply([orders(1, orderRow('a1'), orderRow('a50'))]);
    expect(projection.get('a50')).toMatchObject({ state: 'charged' });
    expect(projection.get('a1')).toMatchObject({ state: 'accepted' });
    projection.close();
  });

  it('forget contradictions with their orders', async () => {
    const projection = open({ rowsMax: 2 });
    projection.apply([
      orders(1, orderRow('a')),
      outcomes(1, outcomeRow('a')),
      outcomes(2, outcomeRow('a', { state: 2 })),
    ]);
    expect(await exported(projection)).toMatchObject([{ orderId: 'a', contradictedBy: ['declined'] }]);
    projection.apply([orders(2, orderRow('b'), orderRow('c'), orderRow('d'))]);
    projection.apply([orders(3, orderRow('a'))]);
    const row = (await exported(projection)).find(({ orderId }) => orderId === 'a');
    expect(row).toMatchObject({ state: 'accepted', contradictedBy: [] });
    projection.close();
    const database = new DatabaseSync(join(directory, 'projection.sqlite'));
    expect(database.prepare('SELECT * FROM contradictions').all()).toEqual([]);
    database.close();
  });

  it('delete rows that are too old, in passing', () => {
    let nowMs = 1_000;
    const projection = open({ now: () => nowMs });
    projection.apply([orders(1, orderRow('old'))]);
    nowMs = 20_000;
    projection.apply([orders(2, orderRow('new', { receivedAtMs: 20_000 }))]);
    projection.apply([orders(3, orderRow('newer', { receivedAtMs: 20_000 }))]);
    expect(projection.find('charge-old')).toBeUndefined();
    expect([projection.get('old'), projection.get('new')?.orderId]).toEqual([undefined, 'new']);
    projection.close();
  });
});

describe('a reader that waits for a position', () => {
  it('goes on when it is applied', async () => {
    const projection = open();
    const reached = projection.reached(2, 60_000);
    projection.apply([orders(2, orderRow('a'))]);
    await reached;
    await projection.reached(1, 60_000);
    projection.close();
  });

  it('goes on when its time is over or the projection closes', async () => {
    const projection = open();
    await projection.reached(9, 1);
    const waiting = projection.reached(9, 60_000);
    projection.close();
    await waiting;
  });
});
