import { JetStreamApiError, type JetStreamClient, type PubAck } from '@nats-io/jetstream';
import { errors } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import type { RemoteError } from './errors.ts';
import { publishOnce } from './publish.ts';

const ack: PubAck = { stream: 'ORDERS', seq: 7, duplicate: false, domain: '' };
const timeout = () => new errors.TimeoutError();
const noResponders = () => new errors.NoRespondersError('orders');
const refused = () =>
  new JetStreamApiError({ code: 503, err_code: 10_077, description: 'maximum bytes exceeded' });

/** A client whose tries end one after the other as told. */
function clientWith(...ends: readonly (PubAck | Error)[]) {
  const ids: unknown[] = [];
  const client: Pick<JetStreamClient, 'publish'> = {
    async publish(_subject, _payload, options) {
      const end = ends[ids.length];
      ids.push(options?.msgID);
      if (end === undefined) throw new Error('one try too many');
      if (end instanceof Error) throw end;
      return end;
    },
  };
  return { client: client as JetStreamClient, ids };
}

const options = { messageId: 'id-1', backoff: { baseMs: 1, capMs: 1 } };

async function outcomeOf(...ends: readonly (PubAck | Error)[]): Promise<RemoteError | PubAck> {
  const { client } = clientWith(...ends);
  return publishOnce(client, 'orders', new Uint8Array(), options).catch((error: RemoteError) => error);
}

describe('publishing once', () => {
  it('gives the PubAck of the first try that is stored, every try under one message id', async () => {
    const { client, ids } = clientWith(timeout(), noResponders(), ack);
    const retries: [string, number][] = [];
    const result = await publishOnce(client, 'orders', new Uint8Array(), {
      ...options,
      onRetry: (error, attempt) => retries.push([error.code, attempt]),
    });
    expect(result).toBe(ack);
    expect(ids).toEqual(['id-1', 'id-1', 'id-1']);
    expect(retries).toEqual([
      ['ack-timeout', 0],
      ['no-responders', 1],
    ]);
  });

  it('is definitely not stored when every try was definitely refused', async () => {
    expect(await outcomeOf(noResponders(), refused(), refused())).toMatchObject({
      code: 'refused-by-stream',
      isDefinite: true,
    });
  });

  it.each([
    ['the store of the leader was closed', 10_077, 'store is closed'],
    ['an earlier copy is on its way', 10_158, 'duplicate message id is in process'],
  ])('is unknown when %s', async (_what, err_code, description) => {
    const refusal = () => new JetStreamApiError({ code: 503, err_code, description });
    expect(await outcomeOf(refusal(), refusal(), refusal())).toMatchObject({
      code: 'refused-by-stream',
      isDefinite: false,
    });
  });

  it('is unknown as soon as one try is, whatever the others say', async () => {
    expect(await outcomeOf(timeout(), noResponders(), refused())).toMatchObject({
      code: 'refused-by-stream',
      isDefinite: false,
    });
    expect(await outcomeOf(refused(), refused(), new Error('socket closed'))).toMatchObject({
      code: 'connection',
      isDefinite: false,
    });
  });

  it('recognises "no responders" where the client has wrapped it', async () => {
    const wrapped = () => new Error('jetstream is not enabled', { cause: noResponders() });
    expect(await outcomeOf(wrapped(), wrapped(), wrapped())).toMatchObject({
      code: 'no-responders',
      isDefinite: true,
    });
  });
});
