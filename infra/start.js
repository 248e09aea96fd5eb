/**
 * What `pulumi up` starts: plain JavaScript that any Node.js can read, so that one that is too old is told what to do
 * instead of stumbling over TypeScript.
 */
import pulumi from '@pulumi/pulumi';

const majorMin = 24;

/** @returns the stack's outputs */
export default async function start() {
  const [major] = process.versions.node.split('.');
  if (Number(major) < majorMin) {
    throw new pulumi.RunError(
      `Node.js ${majorMin} or newer is needed, and Pulumi found ${process.version} (${process.execPath}) on PATH.\n` +
        'The packages of this repository bring one: run "./stormproof doctor" once, then\n' +
        '  PATH="$PWD/node_modules/.bin:$PATH" pulumi up',
    );
  }
  const { deploy } = await import('./index.ts');
  return deploy();
}
