/**
 * The argv that runs a command in the network of a node, where NodePorts, Services and pods are reached; in everything
 * else (files, processes, users) the command is where it would be anyway. Names of Services are no names there: only
 * pods ask the cluster's name service.
 */
export function insideNode(
  node: { readonly namespacePid: number },
  argv: readonly string[],
): readonly string[] {
  return ['nsenter', '-t', String(node.namespacePid), '-n', '--', ...argv];
}
