import { expect, test } from 'vitest';
import { programs } from './programs.ts';
import { parseVersion } from './version.ts';

test.each([
  ['nats-server', 'nats-server: v2.14.5\n', '2.14.5'],
  ['toxiproxy-server', 'toxiproxy-server version 2.12.0\n', '2.12.0'],
  ['toxiproxy-server', 'toxiproxy-server version git\n', 'git'],
  ['k6', 'k6 v2.2.0 (go1.26.8, linux/amd64)\n', '2.2.0'],
  ['prometheus', 'prometheus, version 3.14.0 (branch: HEAD, revision: abc)\n', '3.14.0'],
  ['prometheus', 'prometheus, version  (branch: , revision: unknown)\n', undefined],
  ['promtool', 'promtool, version 3.14.0 (branch: , revision: unknown)\n', '3.14.0'],
  ['alertmanager', 'alertmanager, version 0.31.1 (branch: , revision: unknown)\n', '0.31.1'],
  ['amtool', 'amtool, version 0.31.1 (branch: , revision: unknown)\n', '0.31.1'],
  ['jaeger', '{"gitCommit":"","gitVersion":"v2.13.0","buildDate":""}', '2.13.0'],
  ['jaeger', '{"gitCommit":"","gitVersion":"","buildDate":""}', undefined],
  ['otelcol', 'otelcol version 0.159.0\n', '0.159.0'],
  ['otelcol', 'otelcol-contrib version v0.159.0\n', '0.159.0'],
] as const)('reads the version that %s prints', (name, output, version) => {
  expect(parseVersion(programs[name], output)).toBe(version);
});
