import type { Proof } from '../../core/fault.ts';
import { renderExchange } from './dialogue.ts';
import type { EdgeMeasurement, EdgeProbe } from './toxic.ts';

/** How long an exchange waits before it counts as unanswered: a machine under load may take a second for an answer. */
export const silenceProbe = (): EdgeProbe => ({ timeoutMs: 3_000 });

/** An edge is silent when no answer comes through the proxy while the callee answers past it, and one came before. */
export function judgeSilence(before: EdgeMeasurement, during: EdgeMeasurement): Proof {
  const [through] = during.through;
  return {
    acted: before.through[0].answered && !through.answered && during.past.answered,
    measurement:
      `${renderExchange(through)} (before: ${renderExchange(before.through[0])}; ` +
      `past the proxy: ${renderExchange(during.past)})`,
  };
}
