import { describe, expect, it } from 'vitest';
import { ConfigError, field, parseConfig } from './config.ts';

const fields = {
  name: field.text('NAME'),
  label: field.optionalText('LABEL'),
  count: field.integer('COUNT', { min: 1, max: 10, unit: 'ms', fallback: 3 }),
  ratio: field.number('RATIO', { min: 0, max: 1 }),
  url: field.httpUrl('URL'),
  servers: field.urls('SERVERS', 'nats'),
  listen: field.listen('LISTEN'),
};

const good = {
  NAME: 'one',
  RATIO: '0.5',
  URL: 'http://127.0.0.1:8080/',
  SERVERS: 'nats://127.0.0.1:4222, nats://127.0.0.1:4223',
  LISTEN: '127.0.0.1:0',
};

function problemsOf(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    parseConfig(environment, fields);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('a configuration', () => {
  it('is typed values, with fallbacks where nothing is said', () => {
    expect(parseConfig({ ...good, COUNT: '' }, fields)).toEqual({
      name: 'one',
      label: undefined,
      count: 3,
      ratio: 0.5,
      url: 'http://127.0.0.1:8080',
      servers: ['nats://127.0.0.1:4222', 'nats://127.0.0.1:4223'],
      listen: { host: '127.0.0.1', port: 0 },
    });
  });

  it('reports every problem at once, with key, what was found and what was expected', () => {
    const problems = problemsOf({
      COUNT: '11',
      RATIO: 'half',
      URL: 'ftp://x',
      SERVERS: 'nats://a,http://b',
      LISTEN: '80',
    });
    expect(problems).toEqual([
      'NAME: missing, expected a text',
      'COUNT: found "11", expected a whole number from 1 to 10 (ms)',
      'RATIO: found "half", expected a number from 0 to 1',
      'URL: found "ftp://x", expected an http(s) URL',
      'SERVERS: found "nats://a,http://b", expected comma-separated nats:// URLs',
      'LISTEN: found "80", expected host:port with a port from 0 to 65535',
    ]);
  });

  it.each(['1.5', '0', '-1', '1e3', 'Infinity', 'two'])('refuses %s as a count', (text) => {
    expect(problemsOf({ ...good, COUNT: text }).length).toBe(1);
  });

  it('takes an IPv6 address to listen on', () => {
    expect(parseConfig({ ...good, LISTEN: '::1:80' }, fields).listen).toEqual({ host: '::1', port: 80 });
  });
});
