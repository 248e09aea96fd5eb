import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compileArgs } from './cache.ts';
import { cacheError, ToolError } from './errors.ts';
import { withFileLock } from './lock.ts';
import { type Env, runProgram } from './process.ts';
import type { Build } from './program.ts';
import { findOnPath, isExecutable } from './resolve.ts';

export type BuildPhase = 'waiting' | 'downloading' | 'compiling';

const goNeeded = { major: 1, minor: 26 };
const halfMadePrefix = '.building-';
const tailLines = 15;

/**
 * Builds one Go module's programs into `home`. Complete or absent: they are compiled in a folder beside it, which is
 * renamed to `home` at the end. Of several builders, in whatever processes, one works and the others wait for it.
 * What an earlier builder that was killed left behind is removed.
 *
 * @param options.moduleDirectory holds `go.mod` and `go.sum`
 * @param options.check looks at each finished program before it becomes visible; throws to refuse it
 * @throws ToolError `compile-failed`, `download-failed`, `checksum-mismatch`, `disk-full`, `cache-unwritable`,
 *   `interrupted`, or what `check` throws
 */
export async function runBuild(
  build: Build,
  options: {
    readonly home: string;
    readonly moduleDirectory: string;
    readonly go: string;
    readonly env: Env;
    readonly signal?: AbortSignal | undefined;
    readonly onPhase?: (phase: BuildPhase) => void;
    readonly check?: (program: string, path: string) => Promise<void>;
  },
): Promise<void> {
  const { home, signal, onPhase } = options;
  const shelf = dirname(home);
  try {
    await mkdir(shelf, { recursive: true });
    const onWait = () => onPhase?.('waiting');
    await withFileLock(join(shelf, '.lock'), { signal, onWait }, async () => {
      if (await isComplete(build, home)) return;
      await removeHalfMade(shelf);
      const workshop = await mkdtemp(join(shelf, halfMadePrefix));
      try {
        const paths = Object.keys(build.packages).map((program) => join(workshop, program));
        const [only, ...others] = paths;
        const output = only !== undefined && others.length === 0 ? only : `${workshop}/`;
        await compile(build, compileArgs(build, Object.values(build.packages), output), options);
        for (const path of paths) await options.check?.(basename(path), path);
        await rm(home, { recursive: true, force: true });
        await rename(workshop, home);
      } finally {
        await rm(workshop, { recursive: true, force: true });
      }
    });
  } catch (error) {
    if (signal?.aborted)
      throw new ToolError('interrupted', 'Interrupted; nothing half-made was kept.', { cause: error });
    throw cacheError(shelf, error);
  }
}

/**
 * Finds a Go compiler on PATH that is new enough.
 *
 * @throws ToolError `go-missing`, `go-too-old`
 */
export async function findGo(env: Env): Promise<{ readonly path: string; readonly version: string }> {
  const needed = `Go ${goNeeded.major}.${goNeeded.minor} or newer`;
  const remedy = `Install it and put it on PATH. It builds the external programs once; they are cached then.`;
  const path = await findOnPath('go', env);
  if (!path) throw new ToolError('go-missing', `${needed} was not found on PATH. ${remedy}`);
  // Away from any go.mod, and with the toolchain that is installed: another would have to be downloaded.
  const { output } = await runProgram(path, ['version'], { env: goEnv(env), cwd: '/' });
  const version = parseGoVersion(output);
  if (!version)
    throw new ToolError('go-missing', `"go version" printed no version: ${output.trim()}. ${remedy}`);
  if (!version.isEnough)
    throw new ToolError('go-too-old', `Go ${version.text} is on PATH; ${needed} is needed. ${remedy}`);
  return { path, version: version.text };
}

/** Reads what `go version` prints; a development build without a release number counts as new enough. */
export function parseGoVersion(
  output: string,
): { readonly text: string; readonly isEnough: boolean } | undefined {
  const release = /go version go((\d+)\.(\d+)\S*)/.exec(output);
  if (release) {
    const [major, minor] = [Number(release[2]), Number(release[3])];
    const isEnough = major > goNeeded.major || (major === goNeeded.major && minor >= goNeeded.minor);
    return { text: release[1] ?? '', isEnough };
  }
  const development = /go version (devel \S+)/.exec(output)?.[1];
  return development ? { text: development, isEnough: true } : undefined;
}

/** Names the cause of a failed build in what the compiler printed; downloads and names of packages say nothing. */
export function explainFailure(build: Build, output: string): ToolError {
  const lines = output.split('\n').filter((line) => !/^$|^go: downloading |^[\w./~-]+$/.test(line.trim()));
  const tail = lines.slice(-tailLines).join('\n');
  const what = `Building ${build.name} ${build.version}`;
  if (/no space left on device|disk quota exceeded/i.test(output)) {
    return new ToolError(
      'disk-full',
      `${what} failed: the disk is full. Free some space and start again.\n${tail}`,
    );
  }
  if (/checksum mismatch|SECURITY ERROR|missing go\.sum entry/.test(output)) {
    return new ToolError(
      'checksum-mismatch',
      `${what} failed: a module is not the one that go.sum pins.\n${tail}`,
    );
  }
  if (
    /dial tcp|no such host|TLS handshake timeout|i\/o timeout|module lookup disabled|\b(404|410|5\d\d) [A-Z]/.test(
      output,
    )
  ) {
    return new ToolError(
      'download-failed',
      `${what} failed: a Go module could not be fetched (see GOPROXY).\n${tail}`,
    );
  }
  return new ToolError('compile-failed', `${what} failed. The compiler's last words:\n${tail}`);
}

async function compile(
  build: Build,
  args: readonly string[],
  options: Parameters<typeof runBuild>[1],
): Promise<void> {
  options.onPhase?.('compiling');
  // It names each package as it is compiled, which ends the downloads on the display. It changes nothing that is
  // built, so it is no part of the arguments that name the cache's shelf.
  const [command = 'build', ...rest] = args;
  const { exitCode, output } = await runProgram(options.go, [command, '-v', ...rest], {
    env: goEnv(options.env),
    cwd: options.moduleDirectory,
    signal: options.signal,
    onOutput: (text) => options.onPhase?.(text.includes('go: downloading ') ? 'downloading' : 'compiling'),
  });
  options.signal?.throwIfAborted();
  if (exitCode !== 0) throw explainFailure(build, output);
}

/** Leaves the user's proxy and cache settings alone; pins what decides the result. */
function goEnv(env: Env): Env {
  const pinned = { CGO_ENABLED: '0', GO111MODULE: 'on', GOWORK: 'off', GOTOOLCHAIN: 'local' };
  return { ...env, ...pinned, GOOS: undefined, GOARCH: undefined };
}

async function isComplete(build: Build, home: string): Promise<boolean> {
  const found = await Promise.all(
    Object.keys(build.packages).map((program) => isExecutable(join(home, program))),
  );
  return found.every(Boolean);
}

/** Only the holder of the shelf's lock may call this: everything half-made is then a dead builder's. */
async function removeHalfMade(shelf: string): Promise<void> {
  const names = await readdir(shelf);
  const halfMade = names.filter((name) => basename(name).startsWith(halfMadePrefix));
  await Promise.all(halfMade.map((name) => rm(join(shelf, name), { recursive: true, force: true })));
}
