import type { BrokerLogin } from '../services/runtime/broker-login.ts';
import type { Topology } from '../topology/model.ts';

/**
 * Where the platform runs, as chaos, load and verdict code see it: instances they can list and disturb, the
 * proxies of an edge, and addresses. They know nothing else about the place.
 */
export type Target = {
  readonly name: 'local' | 'kubernetes';
  /** Which one it is and how load reaches it, since that is part of what clients measure: for reports. */
  readonly description: string;
  /** Leads another process to the same target. */
  readonly ref: TargetRef;
  readonly topology: Topology;
  /** What of it is not as delivered, on purpose (`order runs chaos/sabotage/early-201.ts`): a report tells. Absent: nothing. */
  readonly deviations?: readonly string[];
  /** False where orders are real: load and faults are refused there. */
  readonly isForTests: boolean;

  /**
   * Lists the instances of a service or backend (`order`, `nats`, `collector`, ...), by ordinal.
   * @throws TargetError `unknown-service`
   */
  instances(service: string): Promise<readonly Instance[]>;
  /**
   * Ends an instance at once and does not bring it back; a place that replaces what ends (Kubernetes) may do so within
   * a second. Resolves when the instance is gone as far as the place knows.
   */
  kill(instance: string): Promise<void>;
  /**
   * Asks an instance to end (SIGTERM) and waits.
   * @returns how long it took, and whether it had to be killed after `graceMs`
   */
  terminate(
    instance: string,
    graceMs: number,
  ): Promise<{ readonly tookMs: number; readonly wasKilled: boolean }>;
  /** Whether {@link Target.pause} is possible here. */
  readonly canPause: boolean;
  /**
   * Stops the instance from running without ending it (SIGSTOP); {@link Target.resume} lets it go on.
   * @throws TargetError `unsupported` where the place cannot
   */
  pause(instance: string): Promise<void>;
  resume(instance: string): Promise<void>;
  /**
   * Starts an instance that is not running, with the data it had, or waits until the place has done so. Resolves when it
   * is ready.
   */
  start(instance: string): Promise<void>;
  /**
   * As {@link Target.start}, but as another program of its service, until it is started anew. One that runs goes on as
   * what it is.
   *
   * @param main a path from the repository's root
   * @throws TargetError `unsupported` where an instance can only be what it is, as that of a backend always
   */
  startAs(instance: string, main: string): Promise<void>;

  /**
   * The Toxiproxy proxies that an edge's connections pass through; empty where none do.
   * @param edge as topology/model.ts `edgeName` spells it: `payment-psp`
   */
  proxies(edge: string): Promise<readonly ProxyRef[]>;
  /**
   * The disk that an instance keeps its files on, where that is one that can be made to fail.
   * @returns undefined where it is not, or the instance keeps no files
   */
  disk(instance: string): Promise<DiskRef | undefined>;
  /**
   * The directory that an instance keeps its files in, as this process sees it.
   * @returns undefined where it cannot, or the instance keeps none
   */
  dataDirectory(instance: string): Promise<string | undefined>;
  /**
   * How a user is let in by the brokers (topology/derive/broker-users.ts). Secret: for connections only, never to be
   * printed, journaled or kept. Absent where the brokers let everybody in.
   */
  readonly brokerLogin?: (user: string) => Promise<BrokerLogin>;
  /**
   * The key by which the order API lets a client in. Secret, as a login of the brokers. Absent where it lets everybody in.
   * @throws TargetError `unsupported` for a client whose key nobody has kept here
   */
  readonly clientKey?: (client: string) => Promise<string>;
  /** Where this process reaches everything, the same until {@link Target.close}. */
  addresses(): Promise<Addresses>;
  /** Lets go of what this process holds open for the target; the platform goes on. */
  close(): Promise<void>;
};

/** Names a target so that any process of this machine can attach to it (targets/attach.ts): plain data. */
export type TargetRef =
  | { readonly kind: 'local'; readonly runDir: string }
  | {
      readonly kind: 'kubernetes';
      /** Absolute paths; empty for the service account of the pod that this runs in. */
      readonly kubeconfig: readonly string[];
      readonly context: string;
      readonly namespace: string;
      /** Which deployment it is: one made anew in the same namespace has another. */
      readonly deployment: string;
    };

export type Instance = {
  /** `<service>-<ordinal>`, counted from 0: `nats-2`. */
  readonly name: string;
  readonly service: string;
  readonly state: 'running' | 'paused' | 'stopped';
  /** Whether its readiness probe passes now; false when it is not running. */
  readonly isReady: boolean;
  /** What the probe said is missing; empty when ready. */
  readonly missing: readonly string[];
  /** Which run of the instance this is: no other run of it has the same. Absent when it is not running. */
  readonly incarnation?: string;
  readonly pid?: number;
  /** The program that it was started as, where that is not its own: {@link Target.startAs}. */
  readonly runsAs?: string;
  /** The pod that it is, where it is one. */
  readonly pod?: string;
  readonly startedAt?: Date;
  /** User and system CPU time since it started, in microseconds, where the target can tell. */
  readonly cpuUs?: number;
  /** How old that may be, milliseconds; absent when it is of now. */
  readonly cpuLagMs?: number;
  readonly rssBytes?: number;
};

export type ProxyRef = {
  /** Base URL of the Toxiproxy server's API. */
  readonly api: string;
  readonly proxy: string;
  /**
   * `host:port` by which this process reaches the proxy as its callers do, for measurements. What Toxiproxy calls
   * `listen` and `upstream` means something only where Toxiproxy runs.
   */
  readonly through: string;
  /** `host:port` by which this process reaches the callee past the proxy. */
  readonly past: string;
  /** Of a route between brokers: which instance connects through it to which. */
  readonly pair?: { readonly from: string; readonly to: string };
};

export type DiskRef = {
  /** Base URL of the interface by which it is told to fail; tools/modules/faultfs/control.go says what it takes. */
  readonly control: string;
  /** Where this process sees the files as the instance does. */
  readonly directory: string;
};

/** Base URLs without a trailing slash; lists are by ordinal of the instance. */
export type Addresses = {
  readonly order: readonly string[];
  readonly orderAdmin: readonly string[];
  readonly paymentAdmin: readonly string[];
  readonly psp: readonly string[];
  readonly pspAdmin: readonly string[];
  /** `nats://host:port` of each broker, past any proxy. */
  readonly nats: readonly string[];
  /** The brokers' monitoring endpoints. */
  readonly natsMonitor: readonly string[];
  readonly prometheus: string;
  readonly alertmanager: string;
  /** Where the alerts are recorded that Alertmanager told of (services/alert-recorder). */
  readonly alertRecorder: string;
  readonly jaeger: string;
  readonly collectorOtlpHttp: string;
  /** Admin listeners of every service of the topology, by its name, where the place tells them. */
  readonly serviceAdmin?: Readonly<Record<string, readonly string[]>>;
};

/** What went wrong at the target, as callers can tell it apart. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly code:
    | 'unknown-service'
    | 'unknown-instance'
    | 'not-running'
    | 'not-ready'
    | 'busy'
    | 'damaged'
    | 'unreachable'
    | 'forbidden'
    | 'unsupported';

  constructor(code: TargetError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
