/** Orders that one `POST /v1/orders/batch` may bring. */
export const batchOrdersMax = 100;
