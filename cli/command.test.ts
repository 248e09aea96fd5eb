import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  proxiedEdgesOption,
  replicasOption,
  type TargetOptions,
  withLocalTargetOnly,
  withTargetOptions,
} from './command.ts';

function parse(...args: string[]): TargetOptions {
  return withTargetOptions(new Command()).parse(args, { from: 'user' }).opts<TargetOptions>();
}

describe('the platform that is meant', () => {
  test('is the one on this machine', () => {
    expect(parse().target).toBe('local');
  });

  test.each([
    ['--target', 'kubernetes'],
    ['--namespace', 'shop'],
    ['--kubeconfig', 'file'],
    ['--context', 'kind-kind'],
    ['--order-url', 'https://orders.example'],
  ])('is one in a cluster with %s %s', (...args) => {
    expect(parse(...args).target).toBe('kubernetes');
  });
});

test('a command that has nothing to do in a cluster says who does it there', () => {
  const command = withLocalTargetOnly(new Command('up').exitOverride(), 'pulumi up').configureOutput({
    writeErr: () => {},
  });
  expect(() => command.parse(['--target', 'kubernetes'], { from: 'user' })).toThrow(/`pulumi up` does that/);
});

test('the edges that pass through proxies are named, and an unknown one is told with those that there are', () => {
  const parse = (names: string) =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .addOption(proxiedEdgesOption())
      .parse(['--proxied-edges', names], { from: 'user' })
      .opts();
  expect(parse('payment-psp,nats-nats')).toEqual({ proxiedEdges: ['payment-psp', 'nats-nats'] });
  expect(() => parse('payment-psp,psp-payment')).toThrow(
    'Unknown: psp-payment. Expected some of client-order',
  );
});

describe('how many instances share the work', () => {
  const parse = (counts: string) =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .addOption(replicasOption())
      .parse(['--replicas', counts], { from: 'user' })
      .opts();

  test('is said by service', () => {
    expect(parse('order=2,payment=3')).toEqual({ replicas: { order: 2, payment: 3 } });
    expect(parse('payment=1')).toEqual({ replicas: { payment: 1 } });
  });

  test.each(['psp=2', 'order', 'order=', 'order=0', 'order=17', 'order=1.5', 'order=2,order=3', '', '=2'])(
    '%j is refused with what was expected',
    (counts) => {
      expect(() => parse(counts)).toThrow(
        'Expected each of order, payment at most once, with 1 to 16: order=2,payment=2.',
      );
    },
  );

  test('all that is wrong is told together', () => {
    expect(() => parse('psp=2,order=2,payment=x')).toThrow('Cannot make sense of psp=2, payment=x.');
  });
});
