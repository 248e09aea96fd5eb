import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { toTargetError } from './errors.ts';

const refusal = (code: number, message: string) =>
  new ApiException(code, 'Unknown', JSON.stringify({ kind: 'Status', message }), {});
const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:6443') });

test.each([
  [
    refusal(403, 'pods is forbidden: User "x" cannot list resource "pods"'),
    'forbidden',
    'this user may not list pods: pods is forbidden: User "x" cannot list resource "pods"',
  ],
  [
    refusal(401, 'Unauthorized'),
    'forbidden',
    'the API server https://k does not know this user: Unauthorized',
  ],
  [
    refusal(500, 'etcd is away'),
    'unreachable',
    'the API server https://k cannot list pods now: etcd is away',
  ],
  [
    refused,
    'unreachable',
    'the API server https://k does not answer (to list pods): connect ECONNREFUSED 127.0.0.1:6443',
  ],
])('%# a failure says what could not be done, and why', (error, code, message) => {
  expect(toTargetError(error, 'list pods', 'https://k')).toMatchObject({ code, message });
});
