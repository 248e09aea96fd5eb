import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Charge, type PaymentProvider, rejectedCode } from './provider.ts';
import { createPspProvider } from './psp.ts';

const charge: Charge = {
  chargeKey: 'key',
  orderId: 'order',
  amountMinor: 5,
  currency: 'EUR',
  runId: '',
  traceparent: undefined,
};

let server: Server;
let answer: (response: ServerResponse) => void;
let provider: PaymentProvider;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => answer(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  provider = createPspProvider({ baseUrl: `http://127.0.0.1:${port}`, deadlineMs: 150 });
});
afterEach(() => {
  provider.close();
  server.closeAllConnections();
  server.close();
});

const say = (status: number, body: unknown) => {
  answer = (response) => {
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};
const problem = (code: string) => ({ type: `urn:stormproof:problem:${code}` });

describe('one charge', () => {
  it.each([
    [200, { status: 'charged', charge_id: 'ch_1' }, { status: 'charged', chargeId: 'ch_1' }],
    [200, { status: 'declined', reason: 'no' }, { status: 'declined', reason: 'no' }],
    [409, problem('idempotency-conflict'), { status: 'conflict' }],
    [503, problem('charge-failed'), { status: 'error', reason: 'charge-failed' }],
  ])('understands %i %o', async (status, body, expected) => {
    say(status, body);
    expect(await provider.charge(charge)).toEqual(expected);
  });

  it.each([
    [422, problem('not-valid'), rejectedCode, true],
    [401, problem('unauthorized'), 'status-401', true],
    [404, problem('no-such-resource'), 'status-404', true],
    [429, '', 'status-429', true],
    [503, problem('ledger-unavailable'), 'status-503', true],
    [500, '', 'status-500', false],
    [200, 'no JSON', 'bad-answer', false],
    [200, 'null', 'bad-answer', false],
    [200, { status: 'charged' }, 'bad-answer', false],
    [200, { status: 'maybe' }, 'bad-answer', false],
  ])('throws for %i %o', async (status, body, code, isDefinite) => {
    say(status, body);
    await expect(provider.charge(charge)).rejects.toMatchObject({ name: 'RemoteError', code, isDefinite });
  });

  it('is unknown when no answer comes in time, or only a part of one', async () => {
    answer = () => {};
    await expect(provider.charge(charge)).rejects.toMatchObject({ code: 'timeout', isDefinite: false });
    answer = (response) => response.writeHead(200, { 'content-length': '100' }).write('{"status":');
    await expect(provider.charge(charge)).rejects.toMatchObject({ code: 'timeout', isDefinite: false });
  });

  it('is unknown when the connection breaks after it was sent', async () => {
    answer = (response) => response.socket?.destroy();
    await expect(provider.charge(charge)).rejects.toMatchObject({ code: 'connection', isDefinite: false });
  });

  it('is definitely not made when nobody listens', async () => {
    server.close();
    server.closeAllConnections();
    await expect(provider.charge(charge)).rejects.toMatchObject({ code: 'unreachable', isDefinite: true });
  });
});

describe('a batch', () => {
  it('gives an answer for each charge, in order', async () => {
    say(200, {
      results: [
        { status: 'conflict', reason: 'x' },
        { status: 'error', reason: 'y' },
      ],
    });
    expect(await provider.chargeBatch([charge, charge])).toEqual([
      { status: 'conflict' },
      { status: 'error', reason: 'y' },
    ]);
  });

  it('throws when there are more or fewer answers than charges', async () => {
    say(200, { results: [] });
    await expect(provider.chargeBatch([charge])).rejects.toMatchObject({ code: 'bad-answer' });
    say(200, {});
    await expect(provider.chargeBatch([charge])).rejects.toMatchObject({ code: 'bad-answer' });
  });
});

describe('a look-up', () => {
  it('tells the recorded charge, or that there is none', async () => {
    say(200, { status: 'charged', charge_id: 'c', order_id: 'o', amount_minor: 5, currency: 'EUR' });
    expect(await provider.lookup('key')).toEqual({
      orderId: 'o',
      amountMinor: 5,
      currency: 'EUR',
      answer: { status: 'charged', chargeId: 'c' },
    });
    say(404, problem('no-such-charge'));
    expect(await provider.lookup('key')).toBeUndefined();
  });

  it('does not take a wrong address for an unknown charge', async () => {
    say(404, problem('no-such-resource'));
    await expect(provider.lookup('key')).rejects.toMatchObject({ code: 'status-404' });
  });
});
