/**
 * How much of each source the ledger has seen. What a source does not show is no evidence unless the source was seen
 * whole: absence of data is never a pass, and never a violation either.
 */

export const sourceNames = [
  'history',
  'orders',
  'outcomes',
  'dead-letters',
  'provider',
  'projections',
  'drain',
] as const;
/** `drain` stands for the platform having come to rest before it was read. */
export type SourceName = (typeof sourceNames)[number];

/**
 * - `whole`: everything there was, to the end; with a remark when that was less than there should have been.
 * - `part`: what was read is true, but something is missing, and why.
 * - `failed`: nothing could be read, and why.
 * - `not-used`: left out on purpose (no client history in production).
 */
export type SourceState =
  | { readonly kind: 'whole'; readonly remark?: string }
  | { readonly kind: 'part'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'not-used'; readonly why: string };

export const whole: SourceState = { kind: 'whole' };

export type SourceStates = Readonly<Record<SourceName, SourceState>>;

/** What an invariant needs: sources it reads at all, and sources in which it takes an absence for a fact. */
export type Needs = {
  readonly some: readonly SourceName[];
  readonly whole: readonly SourceName[];
};

/** Why an invariant cannot be checked over these sources; undefined when it can. */
export function whyUnchecked(needs: Needs, sources: SourceStates): string | undefined {
  for (const name of [...needs.some, ...needs.whole]) {
    const state = sources[name];
    if (state.kind === 'failed' || state.kind === 'not-used') return `${name}: ${state.why}`;
  }
  for (const name of needs.whole) {
    const state = sources[name];
    if (state.kind === 'part') return `${name}: ${state.why}`;
  }
  return undefined;
}
