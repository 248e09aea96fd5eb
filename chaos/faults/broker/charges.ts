import { type Target, TargetError } from '../../../targets/target.ts';

/**
 * Whether the provider, asked past any proxy, has charged what goes by a charge key, or declined to.
 * @throws TargetError `not-ready` when it does not answer
 */
export async function isChargeKnown(target: Target, chargeKey: string): Promise<boolean> {
  const [url] = (await target.addresses()).psp;
  const response = await fetch(`${url}/v1/charges/${chargeKey}`, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  if (response.ok || response.status === 404) return response.ok;
  throw new TargetError('not-ready', `${url} answered ${response.status}`);
}
