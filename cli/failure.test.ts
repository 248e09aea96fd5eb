import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { TargetError } from '../targets/target.ts';
import { explainFailure, InterruptedError, UnavailableError, UsageError } from './failure.ts';

describe('a failure of a command', () => {
  it.each([
    ['wrong words', new UsageError('there is no such thing'), 2, /^there is no such thing$/],
    ['a platform that is away', new TargetError('not-running', 'none runs'), 1, /^none runs$/],
    ['brokers without a majority', new UnavailableError('one of three is up'), 3, /^one of three is up$/],
    ['Ctrl-C', new InterruptedError('SIGINT'), 12, /^stopped by SIGINT/],
    ['brokers that are away', new errors.ClosedConnectionError(), 1, /^the brokers .*closed.*`status`/],
    ['brokers that are silent', new errors.TimeoutError(), 1, /^the brokers .*timeout.*more than half/],
    [
      'brokers without a leader',
      new JetStreamApiError({ code: 503, err_code: 10008, description: 'temporarily unavailable' }),
      1,
      /^the brokers .*temporarily unavailable/,
    ],
    [
      'a full disk',
      Object.assign(new Error('ENOSPC: no space left, write'), { syscall: 'write', code: 'ENOSPC' }),
      1,
      /^ENOSPC: no space left, write; the disk .* is full: .*--dir$/,
    ],
    [
      'a busy port',
      Object.assign(new Error('address already in use'), { syscall: 'listen', code: 'EADDRINUSE' }),
      1,
      /^address already in use; another program has that port/,
    ],
    [
      'a database on a full disk',
      Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR' }),
      1,
      /^database or disk is full$/,
    ],
    [
      'a service that is away',
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9') }),
      1,
      /^no answer: connect ECONNREFUSED 127.0.0.1:9; `status`/,
    ],
    [
      'a service that is silent',
      new DOMException('it took too long', 'TimeoutError'),
      1,
      /^no answer in time/,
    ],
  ])('by %s is told without a stack', (_, error, exitCode, text) => {
    const told = explainFailure(error);
    expect(told).toEqual({ text: expect.stringMatching(text), exitCode });
    expect(told.text).not.toMatch(/^ {4}at /m);
  });

  it('that nobody expected is told with its stack', () => {
    expect(explainFailure(new RangeError('a bug')).text).toMatch(/RangeError: a bug\n {4}at /);
    expect(explainFailure(new errors.InvalidSubjectError('a b')).text).toMatch(/^ {4}at /m);
  });
});
