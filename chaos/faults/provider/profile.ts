import { type Target, TargetError } from '../../../targets/target.ts';

/** How the simulated provider behaves; the words of services/psp/profile.ts. What is left out is 0. */
export type ProviderProfile = {
  readonly latencyMs?: number;
  readonly declineRatio?: number;
  readonly errorRatio?: number;
  readonly lieRatio?: number;
};

/** What the simulated provider has done since it started; the words of services/psp/counters.ts. */
export type ProviderCounters = {
  readonly charged: number;
  readonly declined: number;
  /** Charges that were known already, with the same parameters. */
  readonly replayed: number;
  readonly errors: number;
  readonly lies: number;
};

/** Takes effect with the next charge, and is gone when the provider restarts. */
export async function changeProfile(target: Target, profile: ProviderProfile): Promise<void> {
  await ask(target, '/admin/profile', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(profile),
  });
}

export async function readCounters(target: Target): Promise<ProviderCounters> {
  return (await ask(target, '/admin/counters')) as ProviderCounters;
}

/** What of the profile in force is not as it is when nobody has changed it. */
export async function profileResidue(target: Target): Promise<readonly string[]> {
  const profile = (await ask(target, '/admin/profile')) as Readonly<Record<string, number>>;
  return Object.entries(profile).flatMap(([key, value]) =>
    value === 0 ? [] : [`the provider's profile still has ${key} ${value}`],
  );
}

/** @throws TargetError `unsupported` where the provider is not the simulated one */
export async function providerAdminUrl(target: Target): Promise<string> {
  const [url] = (await target.addresses()).pspAdmin;
  if (url === undefined) {
    throw new TargetError('unsupported', `the ${target.name} target has no simulated provider`);
  }
  return url;
}

async function ask(target: Target, path: string, init: RequestInit = {}): Promise<unknown> {
  const url = `${await providerAdminUrl(target)}${path}`;
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
  if (!response.ok) {
    throw new TargetError('not-ready', `${url} answered ${response.status}: ${await response.text()}`);
  }
  return response.json();
}
