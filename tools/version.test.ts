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
  ['jaeger', '{"gitCommit":"","gitVersion":"v2.13.0","buildDate":""}', '2.13.0'],
  ['jaeger', '{"gitCommit":"","gitVersion":"","buildDate":""}', undefined],
  ['alertmanager', 'alertmanager, version 0.31.1 (branch: , revision: unknown)\n', '0.31.1'],
  ['amtool', 'amtool, version 0.31.1 (branch: , revision: unknown)\n', '0.31.1'],
  ['kubelet', 'Kubernetes v1.34.3\n', '1.34.3'],
  ['kubelet', 'Kubernetes v0.0.0-master+$Format:%H$\n', '0.0.0-master+$Format:%H$'],
  ['kubectl', 'Client Version: v1.34.3\nKustomize Version: v5.7.1\n', '1.34.3'],
  ['etcd', 'etcd Version: 3.6.5\nGit SHA: Not provided\n', '3.6.5'],
  ['coredns', 'CoreDNS-1.13.1\nlinux/amd64, go1.26.8, \n', '1.13.1'],
  ['pause', 'pause 1.0.0\n', '1.0.0'],
  ['pulumi', 'v3.259.0\n', '3.259.0'],
  ['otelcol', 'otelcol version 0.159.0\n', '0.159.0'],
  ['otelcol', 'otelcol-contrib version v0.159.0\n', '0.159.0'],
] as const)('reads the version that %s prints', (name, output, version) => {
  expect(parseVersion(programs[name].version, output)).toBe(version);
});

test('reads in a Go program of which version of a module it is', () => {
  const { version } = programs['pulumi-language-nodejs'];
  const lines = [
    'path\tgithub.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    'mod\tgithub.com/pulumi/pulumi/sdk/v3\tv3.60.0\th1:sum=',
    'dep\tgithub.com/pulumi/pulumi/pkg/v3\tv3.259.0\th1:sum=',
  ];
  expect(parseVersion(version, `\0\u00ff${lines.join('\n')}\n\0`)).toBe('3.60.0');
  expect(parseVersion(version, 'no program of Go')).toBeUndefined();
});
