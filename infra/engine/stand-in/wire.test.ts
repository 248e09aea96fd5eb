import { describe, expect, it } from 'vitest';
import { liveIn, plain, sealed, secret } from './wire.ts';

/** As the engine sends the output of another resource. */
function output(value: unknown, isSecret: boolean) {
  return {
    '4dabf18193072939515e22adb298388d': 'd0e6a833031e9bbcd3f4e8bde6ca49a4',
    value,
    secret: isSecret,
    dependencies: ['urn:pulumi:s::p::t::n'],
  };
}

const inputs = {
  kind: 'Deployment',
  metadata: { name: output('order', false) },
  spec: {
    env: [
      { name: 'TOKEN', value: secret('hunter2') },
      { name: 'KEY', value: output('pin', true) },
    ],
  },
};

describe('values from the engine', () => {
  it('are sent to the cluster without their wrapping', () => {
    expect(plain(inputs)).toEqual({
      kind: 'Deployment',
      metadata: { name: 'order' },
      spec: {
        env: [
          { name: 'TOKEN', value: 'hunter2' },
          { name: 'KEY', value: 'pin' },
        ],
      },
    });
  });

  it('are kept with their secrets wrapped in the one way that a state knows', () => {
    expect(sealed(inputs)).toEqual({
      kind: 'Deployment',
      metadata: { name: 'order' },
      spec: {
        env: [
          { name: 'TOKEN', value: secret('hunter2') },
          { name: 'KEY', value: secret('pin') },
        ],
      },
    });
  });

  it('are secret as a whole when they are the content of a Secret', () => {
    const wanted = {
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: 'hunter2', b: secret('pin') },
    };
    expect(sealed(wanted)).toEqual({
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: secret({ a: 'hunter2', b: 'pin' }),
    });
  });
});

describe('what the cluster has', () => {
  it('is told where it was asked for, and secret where it was secret', () => {
    const live = {
      kind: 'Deployment',
      metadata: { name: 'order', uid: '1' },
      spec: { env: [{ name: 'TOKEN', value: 'changed' }, { name: 'KEY' }], replicas: 2 },
    };
    expect(liveIn(sealed(inputs), live)).toEqual({
      kind: 'Deployment',
      metadata: { name: 'order' },
      spec: { env: [{ name: 'TOKEN', value: secret('changed') }, { name: 'KEY' }] },
    });
  });

  it('is told in full where a list got longer or shorter', () => {
    expect(liveIn({ args: ['a', 'b'] }, { args: ['a'] })).toEqual({ args: ['a'] });
  });
});
