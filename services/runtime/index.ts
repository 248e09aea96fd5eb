/**
 * What every service of the platform stands on: configuration that reports all its problems at once, connections to
 * the brokers, telemetry, a circuit breaker, problem+json over HTTP, probes, and a shutdown that loses nothing.
 *
 * A service is a function from its parts (config, connections, telemetry) to something that can stop; its `main.ts`
 * is the composition root that hands {@link runService} that function. Nothing here reads the environment or knows
 * which service it serves.
 */
export { createAdminServer } from './admin.ts';
export { type Breaker, BreakerOpenError, type BreakerState, createBreaker } from './breaker.ts';
export {
  type BrokerConfig,
  type BrokerLogin,
  brokerFields,
  brokerLoginOf,
  loginOptions,
} from './broker-login.ts';
export { ConfigError, field, parseConfig } from './config.ts';
export { createDatabaseWait, type DatabaseWait } from './database-wait.ts';
export { RemoteError } from './errors.ts';
export type { DirectAnswer, DirectRoute } from './front.ts';
export {
  createHttpServer,
  describeViolations,
  type ListenAddress,
  listen,
  type Refuse,
  securityFields,
} from './http.ts';
export { createKeyIndex, type KeyIndex } from './key-index.ts';
export { createLateBudget } from './late-budget.ts';
export { createLog, type Log } from './log.ts';
export { connectNats } from './nats.ts';
export { ProblemError, problemContentType } from './problem.ts';
export { publishFailures, publishOnce } from './publish.ts';
export { createReadiness, type Readiness } from './readiness.ts';
export type { RequestHead } from './request-head.ts';
export { backoffMs, delay } from './retry.ts';
export { runService, type ServiceContext, type Stoppable } from './service.ts';
export { busyRetryMs, isBusy, ownDirectory } from './sqlite.ts';
export {
  createCounter,
  createGauge,
  createHistogram,
  createTally,
  type Reading,
  startTelemetry,
  type Telemetry,
} from './telemetry.ts';
export {
  formatTraceparent,
  newSpanId,
  newTraceId,
  parseTraceparent,
  shouldSample,
  type TraceParent,
} from './trace-context.ts';
