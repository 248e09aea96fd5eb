import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/nats-core';
import { describe, expect, test } from 'vitest';
import { TargetError } from '../../targets/target.ts';
import { mayPass, untilAnswered } from './brokers.ts';

const apiError = (code: number, err_code: number, description: string) =>
  new JetStreamApiError({ code, err_code, description });
const unavailable = apiError(503, 10_008, 'JetStream system temporarily unavailable');

/** A clock that waiting alone moves. */
function createClock() {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    wait: async (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a failure of the brokers', () => {
  test.each([
    ['nobody leads JetStream', unavailable],
    ['the leader has just changed', apiError(500, 10_009, 'not the leader')],
    ['no answer in time', new errors.TimeoutError()],
    ['nobody listens', new errors.NoRespondersError('$JS.API.INFO')],
    [
      'nobody listens, as the JetStream client tells it',
      new Error('jetstream is not enabled', {
        cause: new errors.RequestError('no responders', { cause: new errors.NoRespondersError('x') }),
      }),
    ],
    ['a connection broke', new errors.RequestError('connection disconnected')],
    ['a connection had broken before it was asked', new errors.ClosedConnectionError()],
    ['no connection', new TargetError('unreachable', 'no broker takes a connection')],
    ['no leader of the stream', new TargetError('not-ready', 'the stream ORDERS has no leader')],
  ])('may pass: %s', (_, error) => {
    expect(mayPass(error)).toBe(true);
  });

  test.each([
    ['a stream that is not there', apiError(404, 10_059, 'stream not found')],
    ['a wrong question', apiError(400, 10_025, 'invalid JSON')],
    ['a subject that is not allowed', new errors.PermissionViolationError('no', 'publish', 'x')],
    [
      'a subject that is not allowed, as a request tells it',
      new errors.RequestError('no', { cause: new errors.PermissionViolationError('no', 'publish', 'x') }),
    ],
    ['an instance that is unknown', new TargetError('unknown-instance', 'there is no nats-7')],
    ['a mistake of the program', new TypeError('undefined is not a function')],
  ])('stays: %s', (_, error) => {
    expect(mayPass(error)).toBe(false);
  });
});

describe('a question', () => {
  test('is asked again until it is answered', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked < 20) throw unavailable;
      return 'nats-1';
    };
    expect(await untilAnswered(ask, createClock())).toBe('nats-1');
    expect(asked).toBe(20);
  });

  test('is given up after 15 s, with the last answer', async () => {
    const clock = createClock();
    const asking = untilAnswered(() => Promise.reject(unavailable), clock);
    await expect(asking).rejects.toMatchObject({
      name: 'TargetError',
      code: 'not-ready',
      message:
        'the brokers gave no answer of use for 15 s; the last: JetStream system temporarily unavailable',
    });
    expect(clock.monotonicMs()).toBe(15_000);
  });

  test('that no waiting helps is asked once', async () => {
    const gone = apiError(404, 10_059, 'stream not found');
    const clock = createClock();
    await expect(untilAnswered(() => Promise.reject(gone), clock)).rejects.toBe(gone);
    expect(clock.monotonicMs()).toBe(0);
  });
});
