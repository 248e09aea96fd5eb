/**
 * External programs: those of the platform (nats-server, Toxiproxy, k6, Prometheus with promtool, Alertmanager with
 * amtool, Jaeger, the OpenTelemetry Collector), those of a Kubernetes node for trying it on this machine, and the nats CLI
 * for the benchmark.
 *
 * `programs.ts` has the tables of what is needed and in which version. A caller names programs and gets paths. Each is
 * looked for in an override variable, on PATH and in the user's tool cache; what is missing is built from its own
 * pinned Go module in `modules/`, checked, and kept in the cache for every clone of this repository.
 */

export { findGo } from './build.ts';
export {
  type Certificate,
  type CertificateSpec,
  createAuthority,
  createCertificate,
  isLasting,
  makeAuthority,
  makeCertificate,
} from './certificates.ts';
export {
  type BuildProgress,
  type EnsureOptions,
  ensureTools,
  explainTools,
  type ToolReport,
  toolCacheOf,
} from './ensure.ts';
export { ToolError } from './errors.ts';
export { withLockOrRefuse } from './lock.ts';
export { type Env, runProgram } from './process.ts';
export { kubernetesTools, platformTools, type ToolName } from './programs.ts';
export { type BuildDisplay, createBuildDisplay } from './progress.ts';
export { findOnPath } from './resolve.ts';
