/**
 * The external programs Stormproof runs, and what each is built from. A version is raised in a program's table and in
 * the `go.mod` of the build's folder under `modules/`; everything else follows from the tables.
 */
import { type BenchTool, benchPrograms } from './bench-programs.ts';
import { type KubernetesTool, kubernetesPrograms } from './kubernetes-programs.ts';
import { type PlatformTool, platformPrograms } from './platform-programs.ts';
import type { Program } from './program.ts';

export type ToolName = PlatformTool | KubernetesTool | BenchTool;

export const programs: Readonly<Record<ToolName, Program>> = {
  ...platformPrograms,
  ...kubernetesPrograms,
  ...benchPrograms,
};

/** Programs of the platform itself. */
export const platformTools = Object.keys(platformPrograms) as readonly PlatformTool[];

/** Programs that only the tests on Kubernetes need. */
export const kubernetesTools = Object.keys(kubernetesPrograms) as readonly KubernetesTool[];

/** Programs that only `stormproof bench` needs. */
export const benchTools = Object.keys(benchPrograms) as readonly BenchTool[];
