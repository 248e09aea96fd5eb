import type { LocalAddressing, Ports } from '../../topology/derive/index.ts';
import type { BrokerSecrets } from './broker-keys.ts';
import type { Layout } from './layout.ts';
import type { LocalPlan } from './options.ts';

/** How one instance is started and asked whether it is ready. */
export type InstancePlan = {
  readonly name: string;
  readonly service: string;
  /** Program first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Answers 200 when the instance is ready. */
  readonly probeUrl: string;
  /** What it listens on, on loopback. */
  readonly ports: readonly number[];
  readonly logFile: string;
  /** Written before it starts, readable by this user only. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Made before it starts. */
  readonly directories: readonly string[];
  /** Whether streams must exist before it starts. */
  readonly needsStreams: boolean;
  /** How long it may take to end when asked to. */
  readonly stopGraceMs: number;
};

/** What every program's plan is made from. */
export type PlanContext = LocalAddressing & {
  readonly plan: LocalPlan;
  readonly layout: Layout;
  readonly brokerSecrets: BrokerSecrets;
  /** Of the machine. */
  readonly cores: number;
  /** Absolute path of the repository. */
  readonly root: string;
};

/** The promise that services make; see design.md, "Shutdown". */
export const serviceGraceMs = 15_000;
const backendGraceMs = 10_000;

/** @throws Error when the path of a program is not among the tools */
export function toolOf(context: PlanContext, name: keyof LocalPlan['tools']): string {
  const path = context.plan.tools[name];
  if (path === undefined) throw new Error(`the path of ${name} is needed and was not given`);
  return path;
}

export function portsOfInstance(ports: Ports, instance: string): readonly number[] {
  return Object.values(ports[instance] ?? {});
}

/** The plan of a backend, from what tells it from the others. It needs no streams: they need it, or do without. */
export function planBackend(
  { ports, layout }: PlanContext,
  own: Pick<InstancePlan, 'name' | 'service' | 'argv' | 'probeUrl' | 'files'> &
    Partial<Pick<InstancePlan, 'env' | 'cwd' | 'directories'>>,
): InstancePlan {
  const { name, service, argv, env = {}, cwd = layout.runDir, probeUrl, files, directories = [] } = own;
  return {
    ...{ name, service, argv, env, cwd, probeUrl },
    ports: portsOfInstance(ports, name),
    logFile: layout.log(name),
    ...{ files, directories },
    needsStreams: false,
    stopGraceMs: backendGraceMs,
  };
}
