import { describe, expect, it } from 'vitest';
import { platform } from '../topology/platform.ts';
import { parseStackConfig, StackConfigError } from './config.ts';
import { exampleStacks, exampleValues } from './fixtures/stacks.ts';
import { readStackFile } from './stack-file.ts';

function problemsOf(values: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    parseStackConfig(values, platform);
  } catch (error) {
    if (error instanceof StackConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration of a stack', () => {
  it('may be empty', () => {
    expect(parseStackConfig({}, platform)).toMatchObject({
      environment: 'test',
      namespace: 'stormproof',
      chaos: false,
      keepData: false,
    });
  });

  it('keeps data in production unless told otherwise', () => {
    expect(parseStackConfig({ environment: 'production' }, platform).keepData).toBe(true);
    expect(parseStackConfig({ environment: 'production', keepData: false }, platform).keepData).toBe(false);
  });

  it.each(exampleStacks)('reads the example %s alike from YAML and from Pulumi', (name) => {
    const values = exampleValues(name);
    const asPulumi = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
    expect(parseStackConfig(asPulumi, platform)).toEqual(parseStackConfig(values, platform));
  });

  it('names every bad key at once, with what was found', () => {
    const problems = problemsOf({
      zones: '0',
      chaos: 'perhaps',
      namespace: 'Not_A_Label',
      colour: 'red',
      resources: { nats: { cpuMillis: 'much' } },
    });
    expect(problems).toHaveLength(5);
    const expected = [
      /^stormproof:zones: found "0"; /,
      /^stormproof:chaos: found "perhaps"; /,
      /^stormproof:namespace: found "Not_A_Label"; /,
      /^stormproof:resources\.nats\.cpuMillis: found "much"; /,
      /^stormproof:colour: there is no such key$/,
    ];
    for (const pattern of expected) expect(problems).toContainEqual(expect.stringMatching(pattern));
  });

  it('names every name that the topology does not have, or that cannot be had', () => {
    const problems = problemsOf({
      replicas: { nobody: 2 },
      settings: { nats: {} },
      external: { order: { url: 'https://example.org' } },
      chaos: true,
      proxiedEdges: ['payment-psp', 'psp-payment', 'nats-nats'],
    });
    expect(problems).toEqual([
      expect.stringMatching(/^stormproof:replicas: found "nobody"; expected one of nats, order, /),
      expect.stringMatching(/^stormproof:settings: found "nats"; expected one of order, /),
      'stormproof:external: found "order"; expected one of psp',
      expect.stringMatching(/^stormproof:proxiedEdges: found "psp-payment"; /),
      expect.stringMatching(/^stormproof:proxiedEdges: found "nats-nats"; expected one of (?!.*nats-nats)/),
    ]);
  });

  it('refuses an address with a password in it, and does not repeat the password', () => {
    const telemetry = { prometheus: 'https://me:secret@own:9090', alertmanager: 'ftp://own' };
    for (const given of [telemetry, JSON.stringify(telemetry)]) {
      const problems = problemsOf({ telemetry: given });
      expect(problems).toEqual([
        'stormproof:telemetry.prometheus: found "https://…@own:9090"; expected an http(s) URL without user and password',
        'stormproof:telemetry.alertmanager: found "ftp://own"; expected an http(s) URL without user and password',
      ]);
      expect(problems.join()).not.toContain('secret');
    }
  });

  it('leaves the alerts of real orders as they are meant', () => {
    expect(problemsOf({ environment: 'production', alertScale: 60 })).toEqual([
      'stormproof:alertScale: found 60; alerts of real orders are as they are meant, 1',
    ]);
    expect(parseStackConfig({ alertScale: '60' }, platform).alertScale).toBe(60);
  });

  it('names every key that has no use beside the others', () => {
    const problems = problemsOf({
      telemetry: { prometheus: 'http://own:9090', alertmanager: 'http://own:9093' },
      alertWebhook: { secret: 'on-call' },
      grafanaAdmin: { secret: 'grafana' },
      proxiedEdges: ['payment-psp'],
      ...{ sloPage: false, sloPageHosts: ['promises.example'] },
      scaleByLag: true,
      replicasMax: { order: 4 },
    });
    expect(problems).toEqual([
      'stormproof:telemetry.alertmanager: of no use where stormproof:telemetry.prometheus is your own',
      'stormproof:alertWebhook: of no use where the stack has no Alertmanager of its own',
      'stormproof:grafanaAdmin: of no use where the stack has no Grafana',
      'stormproof:sloPageHosts: of no use without stormproof:sloPage',
      'stormproof:proxiedEdges: of no use without stormproof:chaos',
      'stormproof:scaleByLag: of no use where stormproof:replicasMax names no service that consumes',
    ]);
  });
});

describe('a stack file', () => {
  it('gives the keys of this program only', () => {
    const text = 'config:\n  stormproof:zones: 3\n  kubernetes:context: kind-kind\n';
    expect(readStackFile(text)).toEqual({ zones: 3 });
  });

  it('may be empty', () => {
    expect(readStackFile('')).toEqual({});
    expect(readStackFile('encryptionsalt: v1:abc\n')).toEqual({});
  });

  it('has no use for encrypted values', () => {
    const text = 'config:\n  stormproof:external:\n    secure: AAAB\n';
    expect(() => readStackFile(text)).toThrow('stormproof:external: is encrypted');
  });

  it('must be a map', () => {
    expect(() => readStackFile('- a\n')).toThrow(StackConfigError);
    expect(() => readStackFile('config: [')).toThrow('not YAML');
  });
});
