/** What `pulumi up` starts. */
import pulumi from '@pulumi/pulumi';
import { complaintAboutNode } from './node-version.js';

/** @returns the stack's outputs */
export default async function start() {
  const complaint = complaintAboutNode(process.versions.node, process.execPath);
  if (complaint !== undefined) throw new pulumi.RunError(complaint);
  const { deploy } = await import('./index.ts');
  return deploy();
}
