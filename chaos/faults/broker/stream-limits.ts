import { type Target, TargetError } from '../../../targets/target.ts';
import { askBrokers } from '../../core/brokers.ts';
import { FaultError } from '../../core/fault.ts';

/**
 * How many bytes the topology lets a stream hold.
 * @throws TargetError when it has no such stream
 */
export function maxBytesOf(target: Target, stream: string): number {
  const spec = target.topology.streams.find(({ name }) => name === stream);
  if (spec === undefined) throw new TargetError('unsupported', `the topology has no stream ${stream}`);
  return spec.maxBytes;
}

/**
 * Lets a stream hold no more than it holds now; it refuses what comes next.
 * @throws FaultError when it is empty, and so cannot be full
 */
export async function fillUp(target: Target, stream: string): Promise<void> {
  await askBrokers(target, async (manager) => {
    const { state } = await manager.streams.info(stream);
    if (state.bytes === 0) throw new FaultError(`stream ${stream} is empty, and so cannot be full`);
    await manager.streams.update(stream, { max_bytes: state.bytes });
  });
}

/** Lets every one of the streams hold what the topology says. */
export async function restoreLimits(target: Target, streams: readonly string[]): Promise<void> {
  await askBrokers(target, async (manager) => {
    for (const stream of streams) {
      const { config } = await manager.streams.info(stream);
      const maxBytes = maxBytesOf(target, stream);
      if (config.max_bytes !== maxBytes) await manager.streams.update(stream, { max_bytes: maxBytes });
    }
  });
}

/** How full a stream is, from 0 to 1, in the words of the brokers' own monitoring: the fullest that any of them tells. */
export async function readFill(target: Target, stream: string): Promise<number> {
  const { natsMonitor } = await target.addresses();
  const fills = await Promise.all(
    natsMonitor.map(async (url) => {
      const response = await fetch(`${url}/jsz?streams=true&config=true`, {
        signal: AbortSignal.timeout(5_000),
      });
      const { account_details: accounts = [] } = (await response.json()) as Jsz;
      return accounts
        .flatMap(({ stream_detail: streams = [] }) => streams)
        .filter(({ name }) => name === stream)
        .map(({ state, config }) => state.bytes / config.max_bytes);
    }),
  );
  return Math.max(0, ...fills.flat());
}

/** The part of a broker's `/jsz` that matters here. */
type Jsz = {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: { readonly bytes: number };
      readonly config: { readonly max_bytes: number };
    }[];
  }[];
};
