/** What came back for one order of a request. */
export type OrderAnswer = {
  /** HTTP status; 0 for none. */
  readonly status: number;
  /** What `Retry-After` or its like in a batch asked for; 0 for nothing. */
  readonly retryAfterMs: number;
  /** The order's id and its place in the stream, of a 201 in a batch. */
  readonly stored?: StoredAs;
};

export type StoredAs = readonly [orderId: string, position: number];

/** Orders that a 201 stands for are told one by one: as the answer to a batch it is none. */
const meaningless = 200;

/**
 * Reads the answer to `POST /v1/orders/batch`: `207` has a result for each order, anything else is the answer to them all. A 207
 * that does not fit its request tells nothing of any order: it stays 207, which is neither an acceptance nor a definite refusal.
 * Imports nothing: k6 runs this file too.
 *
 * @param orders how many the request had
 */
export function readBatchAnswer(
  { status, retryAfterMs }: OrderAnswer,
  body: string | null,
  orders: number,
): readonly OrderAnswer[] {
  const all = (one: OrderAnswer) => Array.from({ length: orders }, () => one);
  if (status !== 207) return all({ status: status === 201 ? meaningless : status, retryAfterMs });
  const results = parseResults(body);
  if (results?.length !== orders) return all({ status, retryAfterMs: 0 });
  return results.map((result) => {
    const { status: ofOrder, retry_after_seconds: seconds = 0, order_id: orderId, position } = result ?? {};
    return {
      status: Number.isInteger(ofOrder) ? Number(ofOrder) : status,
      retryAfterMs: seconds > 0 ? seconds * 1_000 : 0,
      ...(ofOrder === 201 ? { stored: [String(orderId), Number(position)] as const } : {}),
    };
  });
}

type Result = {
  readonly status?: unknown;
  readonly retry_after_seconds?: number;
  readonly order_id?: unknown;
  readonly position?: unknown;
} | null;

function parseResults(body: string | null): readonly Result[] | undefined {
  try {
    const { results } = JSON.parse(body ?? '') as { readonly results?: unknown };
    return Array.isArray(results) ? results : undefined;
  } catch {
    return undefined;
  }
}
