import { setTimeout as sleep } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import type { ConsumerInfo } from '@nats-io/jetstream';
import { OrderGroupSchema } from '../../../proto/gen/orders/v1/orders_pb.js';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';
import type { FaultKind, FaultRequests } from '../../core/fault.ts';
import { judgeSilence, silenceProbe } from '../network/silence.ts';
import { createToxicKind } from '../network/toxic.ts';
import { isChargeKnown } from './charges.ts';

const standsForMs = 2_000;
/** Orders of which the provider is asked whether it has charged them. */
const ordersMax = 50;

const deaf = createToxicKind<FaultRequests['ack-lost-after-charge']>({
  name: 'ack-lost-after-charge',
  parameters: {},
  protocols: ['nats'],
  describe: () => 'acknowledgements lost',
  toxics: () => [{ type: 'bandwidth', stream: 'upstream', attributes: { rate: 0 } }],
  probe: silenceProbe,
  judge: judgeSilence,
  breaksConnections: true,
});

/**
 * Orders are charged, and nothing that payment says of it reaches the brokers: neither outcomes nor acknowledgements, nor
 * that it still works on them. When it is healed the connections are reset.
 *
 * Proven by both sides of what happened, asked past the proxies: the provider has charged orders of groups that the
 * consumer counts as delivered and not acknowledged, and that count does not move while an exchange through the proxy
 * stays without an answer.
 *
 * What payment makes of it: it charges the groups that it was just given, 16 at most, and holds them; it cannot ask for
 * others. After AckWait the brokers would deliver them again, but nobody asks. Once connected again it publishes their
 * outcomes under the same message ids and acknowledges them; those that the brokers deliver again after payment let go
 * of them are charged again under the same keys, which the provider counts as repeats (0 to 4 in runs at 100 orders/s).
 */
export const ackLostAfterCharge: FaultKind<FaultRequests['ack-lost-after-charge']> = {
  ...deaf,
  async observe(target, victim) {
    const edge = await deaf.observe(target, victim);
    return {
      async prove() {
        // Meanwhile payment is given what it has asked for before, and charges it.
        const silence = await edge.prove();
        const before = await readConsumer(target);
        await sleep(standsForMs);
        const after = await readConsumer(target);
        const charged = await chargedAmong(target, after);
        const isStanding = before.ack_floor.stream_seq === after.ack_floor.stream_seq;
        return {
          acted: silence.acted && isStanding && charged > 0,
          measurement:
            `${silence.measurement}; ${after.num_ack_pending} groups are delivered and not acknowledged ` +
            `(${after.num_redelivered} of them more than once), the provider has charged ${charged} of their orders, ` +
            `and the floor ${isStanding ? 'stands' : 'moved'} at ${after.ack_floor.stream_seq}`,
        };
      },
    };
  },
};

const readConsumer = (target: Target): Promise<ConsumerInfo> =>
  askBrokers(target, ({ consumers }) => consumers.info(names.ordersStream, names.paymentConsumer));

/**
 * How many orders of the groups that were delivered and not acknowledged the provider has charged; of the first fifty.
 */
async function chargedAmong(target: Target, { ack_floor: floor, delivered }: ConsumerInfo): Promise<number> {
  const keys = await askBrokers(target, async ({ streams }) => {
    const found: string[] = [];
    for (let seq = floor.stream_seq + 1; seq <= delivered.stream_seq && found.length < ordersMax; seq++) {
      const stored = await streams.getMessage(names.ordersStream, { seq });
      if (stored === null) continue;
      found.push(...fromBinary(OrderGroupSchema, stored.data).orders.map(({ chargeKey }) => chargeKey));
    }
    return found.slice(0, ordersMax);
  });
  const known = await Promise.all(keys.map((key) => isChargeKnown(target, key)));
  return known.filter(Boolean).length;
}
