import { expect, it } from 'vitest';
import { PageConfigError, parsePageConfig } from './config.ts';

it('needs a Prometheus, and takes everything else for absent', () => {
  expect(
    parsePageConfig({ STORMPROOF_PROMETHEUS_URL: 'http://prometheus:9090/', STORMPROOF_JAEGER_URL: '' }),
  ).toEqual({
    sources: {
      ...{ prometheus: 'http://prometheus:9090', alertmanager: undefined, jaeger: undefined },
      runsDir: undefined,
    },
    listen: { host: '0.0.0.0', port: 8080 },
    hosts: [],
    runbooksDir: undefined,
  });
});

it('listens where it is told, on IPv6 too', () => {
  const listenOf = (text: string) =>
    parsePageConfig({ STORMPROOF_PROMETHEUS_URL: 'http://p', STORMPROOF_PAGE_LISTEN: text }).listen;
  expect(listenOf('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
  expect(listenOf('[::]:8080')).toEqual({ host: '::', port: 8080 });
});

it('takes no URL with a password, and does not repeat it', () => {
  const parse = () => parsePageConfig({ STORMPROOF_PROMETHEUS_URL: 'http://me:s3cret@prometheus:9090' });
  expect(parse).toThrow(/found "http:\/\/…@prometheus:9090", expected an http\(s\) URL without user/);
  expect(parse).not.toThrow(/s3cret/);
});

it('tells every problem at once', () => {
  const parse = () =>
    parsePageConfig({ STORMPROOF_PAGE_LISTEN: 'here:99999', STORMPROOF_JAEGER_URL: 'ftp://jaeger' });
  expect(parse).toThrow(PageConfigError);
  expect(parse).toThrow(/3 problem/);
  expect(parse).toThrow(/STORMPROOF_PROMETHEUS_URL: missing, expected an http\(s\) URL/);
  expect(parse).toThrow(/STORMPROOF_JAEGER_URL: found "ftp:\/\/jaeger", expected/);
});
