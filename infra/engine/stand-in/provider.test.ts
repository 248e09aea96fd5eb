import { describe, expect, it } from 'vitest';
import type { Cluster, LiveObject } from './cluster.ts';
import { createProvider, NotReadyError } from './provider.ts';
import { secret } from './wire.ts';

/** A cluster that keeps what it is given, with a status that the test decides on. */
function memory(statusOf: (kind: string) => object = () => ({})) {
  const objects = new Map<string, LiveObject>();
  const cluster: Cluster = {
    read: async ({ kind, metadata }) => objects.get(`${kind}/${metadata.name}`),
    list: async () => [],
    apply: async (object, { dryRun }) => {
      const live = { ...object, status: { ...statusOf(object.kind) } };
      if (dryRun !== true) objects.set(`${object.kind}/${object.metadata.name}`, live);
      return live;
    },
    delete: async ({ kind, metadata }) => void objects.delete(`${kind}/${metadata.name}`),
  };
  return { cluster, objects };
}

function providerOn(cluster: Cluster) {
  const { check, diff, create, update, read, ...rest } = createProvider({
    version: '4.0.0',
    cluster: () => cluster,
    waitMsMax: 0,
  });
  if (!check || !diff || !create || !update || !read || !rest.delete) throw new Error('answers are missing');
  return { check, diff, create, update, read, delete: rest.delete };
}

const urn = 'urn:pulumi:s::p::kubernetes:core/v1:Secret::token';
const token = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token', namespace: 'shop' },
  stringData: { token: 'hunter2' },
};
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'provision', annotations: { 'pulumi.com/replaceUnready': 'true' } },
  spec: { template: { spec: { image: secret('registry/hidden') } } },
};

describe('the stand-in', () => {
  it('gives the cluster what is secret, and keeps it as a secret', async () => {
    const { cluster, objects } = memory();
    const provider = providerOn(cluster);
    const { inputs } = await provider.check(urn, undefined, token);
    const { id, outs } = await provider.create(urn, inputs);
    expect(id).toBe('shop/token');
    expect(objects.get('Secret/token')).toMatchObject({ stringData: { token: 'hunter2' } });
    expect(outs.stringData).toEqual(secret({ token: 'hunter2' }));

    const seen = await provider.read(id, urn, outs);
    expect(seen.props).toEqual(outs);
    expect(await provider.diff(id, urn, outs, inputs)).toMatchObject({ changes: false, replaces: [] });
  });

  it('finds what was changed by hand, and keeps that as a secret too', async () => {
    const { cluster, objects } = memory();
    const provider = providerOn(cluster);
    const { inputs } = await provider.check(urn, undefined, token);
    await provider.create(urn, inputs);
    objects.set('Secret/token', { ...token, stringData: { token: 'stolen' } } as LiveObject);
    const { props } = await provider.read('shop/token', urn, inputs);
    expect(props.stringData).toEqual(secret({ token: 'stolen' }));
    objects.clear();
    expect(await provider.read('shop/token', urn, inputs)).toMatchObject({ id: '' });
  });

  it('takes over nothing that exists already', async () => {
    const provider = providerOn(memory().cluster);
    await provider.create(urn, token);
    await expect(provider.create(urn, token)).rejects.toThrow('the Secret shop/token exists already');
  });

  it('refuses to give names', async () => {
    const provider = providerOn(memory().cluster);
    const { failures } = await provider.check(urn, undefined, { ...token, metadata: {} });
    expect(failures).toMatchObject([{ property: 'metadata.name' }]);
  });

  it('keeps what is there but not ready, and makes a Job anew that has failed', async () => {
    const conditions = [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'tried' }];
    const provider = providerOn(memory(() => ({ conditions })).cluster);
    const { inputs } = await provider.check(urn, undefined, job);
    const error = await provider.create(urn, inputs).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({
      id: 'provision',
      properties: inputs,
      reasons: ['BackoffLimitExceeded: tried'],
    });
    expect(await provider.diff('provision', urn, inputs, inputs)).toEqual({
      changes: true,
      replaces: ['metadata.annotations'],
      deleteBeforeReplace: true,
    });
  });

  it('previews without a cluster', async () => {
    const unreachable = async () => {
      throw new Error('connection refused');
    };
    const provider = providerOn({
      read: unreachable,
      list: unreachable,
      apply: unreachable,
      delete: unreachable,
    });
    const { inputs } = await provider.check(urn, undefined, job);
    expect(await provider.diff('provision', urn, inputs, inputs)).toMatchObject({ changes: false });
  });

  it('has deleted something when it is gone', async () => {
    const { cluster, objects } = memory();
    const provider = providerOn(cluster);
    await provider.create(urn, token);
    await provider.delete('shop/token', urn, token);
    expect(objects.size).toBe(0);
    const stuck = providerOn({ ...cluster, read: async () => token as LiveObject });
    await expect(stuck.delete('shop/token', urn, token)).rejects.toThrow('shop/token is still being deleted');
  });
});
