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
    const wanted = {
      metadata: { name: 'order' },
      data: { token: secret('hunter2'), colour: 'red', gone: 1 },
    };
    const live = {
      metadata: { name: 'order', uid: '1' },
      data: { token: 'stolen', colour: 'blue', more: 2 },
    };
    expect(liveIn(wanted, live)).toEqual({
      metadata: { name: 'order' },
      data: { token: secret('stolen'), colour: 'blue' },
    });
  });

  it.each([
    ['other items', [{ name: 'KEY', value: 'hunter2' }, { name: 'TOKEN' }]],
    ['more items', [{ name: 'TOKEN', value: 'hunter2' }, { name: 'KEY', value: 'pin' }, { name: 'X' }]],
  ])('is secret as a whole where a list held a secret and has %s', (_, env) => {
    expect(liveIn(sealed(inputs).spec, { env })).toEqual({ env: secret(env) });
  });

  it('is told in full where a list got longer or shorter', () => {
    expect(liveIn({ args: ['a', 'b'] }, { args: ['a'] })).toEqual({ args: ['a'] });
    expect(liveIn({ ports: [{ port: 1 }] }, { ports: [{ port: 2, protocol: 'TCP' }] })).toEqual({
      ports: [{ port: 2 }],
    });
  });
});
