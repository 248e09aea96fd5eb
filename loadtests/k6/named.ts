/**
 * A shape by its name, by hand and without Stormproof around it:
 *
 *     k6 run -e STORMPROOF_URLS=http://127.0.0.1:20001 -e STORMPROOF_SHAPE=black-friday loadtests/k6/named.ts
 *
 * `STORMPROOF_RATE` (the highest, orders a second), `STORMPROOF_SCALE` (of time) and `STORMPROOF_ORDERS_PER_REQUEST` change it.
 */
import './named-shape.ts';

export { default, handleSummary, options } from './orders.ts';
