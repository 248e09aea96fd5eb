import type { ProxySpec } from '../derive/proxies.ts';
import type { Topology } from '../model.ts';

/** What a namespace tells about the platform that was deployed to it: enough to find and disturb every part. */
export type DeployedPlatform = {
  readonly stack: string;
  /** False where orders are real: load and faults are refused there. */
  readonly isForTests: boolean;
  /** As deployed: with the stack's replicas, without what the stack has elsewhere. */
  readonly topology: Topology;
  readonly proxies: readonly ProxySpec[];
  /** Whether the brokers speak TLS. Absent: they do not. */
  readonly tls?: true;
  /** Absent: the order API lets everybody in. */
  readonly apiKeys?: true;
};

/** The ConfigMap that holds it, and the key of its JSON. */
export const deployedPlatform = { configMap: 'stormproof-platform', key: 'platform.json' } as const;
