import { expect, test } from 'vitest';
import { missingCapabilities, problemsOfPackages } from './requirements.ts';
import { pluginFolders, systemPath } from './system.ts';

function statusWith(capabilities: string): string {
  return `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${capabilities}\nCapBnd:\t000001ffffffffff\n`;
}

test('asks for the rights that namespaces and networks take', () => {
  expect(missingCapabilities(statusWith('000001ffffffffff'))).toEqual([]);
  // Root of a container that nobody gave more to.
  expect(missingCapabilities(statusWith('00000000a80425fb'))).toEqual(['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
  expect(missingCapabilities('')).toEqual(['CAP_NET_ADMIN', 'CAP_SYS_ADMIN']);
});

test('names each missing package once, with what it is for', async () => {
  const problems = await problemsOfPackages('/nowhere', ['/nowhere/either']);
  expect(problems).toContain('runc (package runc) is missing: it starts a container');
  expect(problems.at(-1)).toBe(
    'On Debian and Ubuntu: apt-get install --no-install-recommends containerd runc iptables iproute2 util-linux mount openssl containernetworking-plugins',
  );
});

test('misses less where less is missing', async () => {
  const here = await problemsOfPackages(systemPath, pluginFolders);
  expect(here.some((problem) => problem.startsWith('mount '))).toBe(false);
});
