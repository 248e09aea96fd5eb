import { expect, it } from 'vitest';
import { createReadiness } from './readiness.ts';

it('lacks every part until that part has reported', () => {
  const readiness = createReadiness(['nats', 'http']);
  expect(readiness.missing()).toEqual(['nats: not started', 'http: not started']);
  readiness.have('nats');
  expect(readiness.missing()).toEqual(['http: not started']);
  readiness.have('http');
  expect(readiness.missing()).toEqual([]);
});

it('says why a part that was there is missing again', () => {
  const readiness = createReadiness([]);
  readiness.lack('nats', 'reconnecting');
  readiness.lack('nats', 'still reconnecting');
  expect(readiness.missing()).toEqual(['nats: still reconnecting']);
  readiness.have('nats');
  expect(readiness.missing()).toEqual([]);
});

it('is never ready again once it drains', () => {
  const readiness = createReadiness([]);
  expect(readiness.isDraining()).toBe(false);
  readiness.drain();
  readiness.have('everything');
  expect(readiness.isDraining()).toBe(true);
  expect(readiness.missing()).toEqual(['shutting down']);
});
