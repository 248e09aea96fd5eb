/**
 * What an answer to `POST /v1/orders` means for its client, as the SLO of acceptance counts it. `rejected` was the
 * client's fault and is no event of the SLO; the last three are bad ones, whatever caused them.
 */
export const answers = ['accepted', 'rejected', 'refused', 'unknown', 'failed'] as const;
export type Answer = (typeof answers)[number];

export function answerOf(status: number): Answer {
  if (status < 300) return 'accepted';
  if (status === 429 || status === 503) return 'refused';
  if (status === 504) return 'unknown';
  return status < 500 ? 'rejected' : 'failed';
}
