/** order queues whatever comes for as long as it takes, where it should refuse: clients wait, and memory fills. */
import { runOrder } from '../../services/order/run.ts';

await runOrder({
  groupLimits: {
    ordersMax: 256,
    bytesMax: 256 * 1024,
    inFlightMax: 4,
    spacingMs: 20,
    queuedOrdersMax: Number.POSITIVE_INFINITY,
    standingMsMax: Number.POSITIVE_INFINITY,
    waitMsMax: 24 * 3_600_000,
  },
});
