import type { Answer, ClientOutcome } from '../../verdict/history.ts';

/**
 * Whether a status settles that its send stored nothing (or, for 201, that it stored the order).
 *
 * Definite are 201, every 4xx, and 503. A 504 and every other 5xx may hide a stored order, and so may a status
 * that `POST /v1/orders` never answers with (2xx other than 201, 3xx).
 */
export function isDefiniteStatus(status: number): boolean {
  return status === 201 || status === 503 || (status >= 400 && status <= 499);
}

/** Accepted if any send got a 201, refused if every send was answered definitely, else unknown. */
export function outcomeOf(answers: readonly Pick<Answer, 'status' | 'isDefinite'>[]): ClientOutcome {
  let allDefinite = true;
  for (const answer of answers) {
    if (answer.status === 201) return 'accepted';
    allDefinite &&= answer.isDefinite;
  }
  return allDefinite ? 'refused' : 'unknown';
}
