import type { ToolReport } from '../tools/index.ts';

/** What `stormproof doctor` found out about the machine. Bytes are bytes; undefined is "not found". */
export type MachineFacts = {
  readonly node: { readonly version: string; readonly path: string };
  readonly npm: Located | undefined;
  readonly git: Located | undefined;
  readonly go: (Located & { readonly problem?: undefined }) | { readonly problem: string };
  readonly cores: number;
  readonly memoryBytes: number;
  /** Free space where external programs are cached and where runs keep their data. */
  readonly disks: readonly { readonly path: string; readonly freeBytes: number }[];
  /** What a storm runs. */
  readonly tools: readonly ToolReport[];
  /** What only `stormproof node` and the tests on Kubernetes run. */
  readonly nodeTools: readonly ToolReport[];
};

export type Located = { readonly version: string; readonly path: string };

/** One line of the report. Only a problem keeps a storm from running; a note is worth knowing. */
export type Check = {
  readonly group: 'machine' | 'program' | 'node';
  readonly subject: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly version?: string;
  readonly source?: string;
  readonly path?: string;
  readonly detail?: string;
  /** One line that says what to do. */
  readonly fix?: string;
};

const gibibyte = 1024 ** 3;
const coresMin = 2;
const memoryBytesMin = 4 * gibibyte;
const dataBytesMin = 2 * gibibyte;
/** Go's module and build caches take most of it. */
const buildBytesMin = 10 * gibibyte;

/** Judges the machine. A storm can run when no check is a problem. */
export function checkMachine(facts: MachineFacts): readonly Check[] {
  const hasToBuild = facts.tools.some((tool) => tool.source === 'build');
  return [
    { group: 'machine', subject: 'Node.js', state: 'ok', ...facts.node },
    checkOptional('npm', facts.npm, 'Needed only when package-lock.json changes.'),
    checkGo(facts.go, hasToBuild),
    checkOptional('git', facts.git, 'Needed only to work on Stormproof itself.'),
    checkCores(facts.cores),
    checkMemory(facts.memoryBytes),
    ...facts.disks.map((disk) => checkDisk(disk, hasToBuild)),
    ...facts.tools.map((tool) => checkTool(tool, 'program')),
    ...facts.nodeTools.map((tool) => asNote(checkTool(tool, 'node'))),
  ];
}

function checkOptional(subject: string, found: Located | undefined, detail: string): Check {
  return found
    ? { group: 'machine', subject, state: 'ok', ...found }
    : { group: 'machine', subject, state: 'note', detail: `Not on PATH. ${detail}` };
}

function checkGo(go: MachineFacts['go'], hasToBuild: boolean): Check {
  const check = { group: 'machine', subject: 'Go' } as const;
  if (go.problem === undefined) return { ...check, state: 'ok', version: go.version, path: go.path };
  return hasToBuild
    ? { ...check, state: 'problem', detail: 'External programs have to be built.', fix: go.problem }
    : { ...check, state: 'note', detail: 'Not usable, but every external program is there already.' };
}

function checkCores(cores: number): Check {
  const check = { group: 'machine', subject: 'cores', version: String(cores) } as const;
  return cores >= coresMin
    ? { ...check, state: 'ok' }
    : { ...check, state: 'note', detail: `${coresMin} or more hold the default rate; lower it with --rate.` };
}

function checkMemory(bytes: number): Check {
  const check = { group: 'machine', subject: 'memory', version: formatGibibytes(bytes) } as const;
  return bytes >= memoryBytesMin
    ? { ...check, state: 'ok' }
    : {
        ...check,
        state: 'note',
        detail: `${formatGibibytes(memoryBytesMin)} or more hold the whole platform.`,
      };
}

function checkDisk(disk: { readonly path: string; readonly freeBytes: number }, hasToBuild: boolean): Check {
  const needed = hasToBuild ? buildBytesMin : dataBytesMin;
  const check = {
    group: 'machine',
    subject: 'free disk',
    version: formatGibibytes(disk.freeBytes),
    path: disk.path,
  } as const;
  if (disk.freeBytes >= needed) return { ...check, state: 'ok' };
  const purpose = hasToBuild ? 'building the external programs and a run' : 'a run';
  return {
    ...check,
    state: 'problem',
    fix: `Free some space: ${purpose} may take ${formatGibibytes(needed)}.`,
  };
}

/** Nobody needs it for a storm. */
function asNote(check: Check): Check {
  if (check.state !== 'problem') return check;
  const { fix, ...rest } = check;
  return { ...rest, state: 'note', ...(fix === undefined ? {} : { detail: fix }) };
}

function checkTool(tool: ToolReport, group: 'program' | 'node'): Check {
  const check = { group, subject: tool.name, source: tool.source } as const;
  const place = tool.path === undefined ? {} : { path: tool.path };
  if (tool.source === 'unusable') {
    return {
      ...check,
      state: 'problem',
      version: tool.wantedVersion,
      fix: tool.problem ?? 'Unknown problem.',
    };
  }
  const version = tool.version ?? 'unknown';
  if (tool.source === 'build') {
    const detail = `The first use builds it, in about ${tool.typicalBuildSeconds} s on two cores.`;
    return { ...check, state: 'note', version, detail };
  }
  return version === tool.wantedVersion
    ? { ...check, state: 'ok', version, ...place }
    : {
        ...check,
        state: 'note',
        version,
        ...place,
        detail: `Stormproof is tested with ${tool.wantedVersion}.`,
      };
}

function formatGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
