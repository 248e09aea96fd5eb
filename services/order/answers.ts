/**
 * What an answer to an order means for its client, as the SLO of acceptance counts it: an order sent alone is answered by
 * the status of the response, one of a batch by that of its result, or of the response when the batch was refused as a
 * whole. `rejected` was the client's fault, or more than it may send, and is no event of the SLO; the last three are bad ones,
 * whatever caused them.
 */
export const answers = ['accepted', 'rejected', 'refused', 'unknown', 'failed'] as const;
export type Answer = (typeof answers)[number];

export function answerOf(status: number): Answer {
  if (status < 300) return 'accepted';
  if (status === 503) return 'refused';
  if (status === 504) return 'unknown';
  return status < 500 ? 'rejected' : 'failed';
}
