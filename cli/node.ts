import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  attachNode,
  endedDaemonsOf,
  importImages,
  insideNode,
  NodeError,
  type NodeState,
  nodeDown,
  nodeTools,
  nodeUnavailable,
  nodeUp,
} from '../infra/node/index.ts';
import {
  createCommandTerminal,
  createContext,
  type PlatformOptions,
  stateDirOption,
  withPlatformOptions,
} from './command.ts';
import { findTools } from './platform.ts';
import type { Terminal } from './terminal.ts';

/** `stormproof node`: a Kubernetes cluster of one node on this machine, to try `pulumi up` on. */
export function registerNode(program: Command): void {
  const node = program
    .command('node')
    .description('a Kubernetes node on this machine, to try `pulumi up` on (Linux, root)')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof node up
  $ export KUBECONFIG=$(stormproof node status --json | jq -r .kubeconfig)
  $ stormproof node down

It is for trying and testing, no production cluster: one node, no NetworkPolicy enforced, no way out of its network.
It pulls no images: \`node import\` takes them from archives (docker save, podman save).`,
    );
  registerUp(node);
  registerImport(node);
  registerExec(node);
  registerStatus(node);
  registerDown(node);
}

function nodeDirOf(options: PlatformOptions): string {
  return join(resolve(options.dir), 'node');
}

function registerUp(node: Command): void {
  withPlatformOptions(node.command('up').description('start the node, or say that it runs'))
    .argument('[archives...]', 'image archives to import')
    .action(async (archives: string[], options: PlatformOptions) => {
      const context = createContext(options);
      const { terminal, signal } = context;
      // Building the programs takes minutes: what makes that pointless is said before.
      const problem = await nodeUnavailable();
      if (problem !== undefined) throw new NodeError('unsupported', problem);
      const { kubectl, ...tools } = await findTools([...nodeTools, 'kubectl'], context);
      const onProgress = (message: string) => terminal.status(message);
      const state = await nodeUp({ runDir: nodeDirOf(options), tools, archives, signal, onProgress }).catch(
        (error: unknown) => {
          signal.throwIfAborted();
          throw error;
        },
      );
      terminal.print(
        [
          `the node ${state.name} is ready`,
          `  export KUBECONFIG=${state.kubeconfig}`,
          `  ${kubectl} get pods --all-namespaces`,
          `Next: import images (\`node import\`), and \`pulumi up\`; docs/how-to/deploy-on-kubernetes.md`,
        ].join('\n'),
      );
      terminal.printJson(state);
    });
}

function registerImport(node: Command): void {
  withPlatformOptions(node.command('import').description('make the images of archives known to the node'))
    .argument('<archives...>', 'as `docker save` and `podman save` write them')
    .action(async (archives: string[], options: PlatformOptions) => {
      const { terminal } = createContext(options);
      await importImages(await attachRunning(options), archives);
      terminal.print(`imported ${archives.length} archives`);
      terminal.printJson({ imported: archives });
    });
}

function registerExec(node: Command): void {
  node
    .command('exec')
    .description("run a command in the node's network, where NodePorts, Services and pods are reached")
    .addOption(stateDirOption())
    .argument('<command...>', 'the command and its arguments; put -- before them')
    .addHelpText('after', '\nExample:\n  $ stormproof node exec -- curl http://10.250.0.1:30080/healthz')
    .action(async (command: string[], options: PlatformOptions) => {
      const [program = '', ...args] = insideNode(await attachRunning(options), command);
      const child = spawn(program, args, { stdio: 'inherit' });
      // The terminal's Ctrl-C reaches the command itself; this one waits for it.
      process.on('SIGINT', () => {});
      process.on('SIGTERM', () => child.kill('SIGTERM'));
      const [code, signal] = await once(child, 'close');
      process.exitCode = code ?? 128 + constants.signals[signal as NodeJS.Signals];
    });
}

/** @throws NodeError `not-running` */
async function attachRunning(options: PlatformOptions): Promise<NodeState> {
  const runDir = nodeDirOf(options);
  const state = await attachNode(runDir);
  if (state !== undefined) return state;
  throw new NodeError('not-running', `no node runs in ${runDir}; start one (\`node up\`)`);
}

function registerStatus(node: Command): void {
  withPlatformOptions(
    node.command('status').description('show whether the node runs (exit code 1 when it does not)'),
  ).action(async (options: PlatformOptions) => {
    const terminal = createCommandTerminal(options);
    const state = await attachNode(nodeDirOf(options));
    const ended = state === undefined ? [] : endedDaemonsOf(state);
    printStatus(state, ended, nodeDirOf(options), terminal);
    if (state === undefined || ended.length > 0) process.exitCode = 1;
  });
}

function printStatus(
  state: NodeState | undefined,
  ended: readonly string[],
  runDir: string,
  terminal: Terminal,
): void {
  if (state === undefined) {
    terminal.print(`no node runs in ${runDir}; start one with \`node up\``);
    terminal.printJson({ isRunning: false });
    return;
  }
  terminal.print(`the node ${state.name} runs\n  export KUBECONFIG=${state.kubeconfig}`);
  if (ended.length > 0) {
    terminal.print(
      `ended: ${ended.join(', ')} (logs in ${join(runDir, 'logs')}); \`node up\` replaces the node`,
    );
  }
  terminal.printJson({ isRunning: true, ended, ...state });
}

function registerDown(node: Command): void {
  withPlatformOptions(
    node.command('down').description('end the node and forget its cluster, images and volumes'),
  ).action(async (options: PlatformOptions) => {
    const { terminal } = createContext(options);
    const { wasRunning, leftovers } = await nodeDown({ runDir: nodeDirOf(options) });
    terminal.print(wasRunning ? 'the node has ended' : 'no node was running');
    terminal.printJson({ wasRunning, leftovers });
    if (leftovers.length > 0) {
      terminal.warn(`something of it is left:\n  ${leftovers.join('\n  ')}`);
      process.exitCode = 1;
    }
  });
}
