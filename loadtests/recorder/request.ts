import { workloadBody, workloadOrder } from '../../verdict/workload.ts';

/**
 * Makes the function that writes the request of an order, ready for the wire.
 *
 * @param clientId and runId visible ASCII without spaces (`[A-Za-z0-9._-]{1,64}`)
 * @param clientKey visible ASCII without spaces; undefined where the API asks for none
 */
export function createRequestWriter(
  runId: string,
  clientId: string,
  clientKey?: string,
): (index: number, host: string) => string {
  const authorization = clientKey === undefined ? '' : `Authorization: Bearer ${clientKey}\r\n`;
  const head =
    `\r\nContent-Type: application/json\r\nX-Client-Id: ${clientId}\r\n${authorization}` +
    `X-Stormproof-Run: ${runId}\r\nIdempotency-Key: `;
  return (index, host) => {
    const order = workloadOrder(runId, index);
    const body = workloadBody(order);
    return `POST /v1/orders HTTP/1.1\r\nHost: ${host}${head}${order.idempotencyKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
}
