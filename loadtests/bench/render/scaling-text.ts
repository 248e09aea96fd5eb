/** What docs/scaling-out.md says of what is not built; no figure of it is measured, so none is here. */
export const whatPartitioningTakes: readonly string[] = [
  '**Subject partitioning is not implemented**: there is one stream of orders and one of outcomes, and so one leader each, whatever the number of brokers. More brokers are room for more streams, and do nothing for one. To have P of each takes:',
  [
    '- **Topology**: P streams `ORDERS-0` … with subjects `orders.v1.<partition>.created`, likewise outcomes, and a durable consumer each. Provisioning, permissions, preflight and dashboards follow from the rows.',
    '- **Order**: the partition of an order is a hash of client and idempotency key, modulo P, so that a repeat meets its first send, whichever instance it reaches; a group is of one partition. P stays what it is for as long as keys are remembered (24 h), or repeats would be sent to another partition and stored twice, which the charge key would still catch.',
    '- **Payment**: one pull loop for each partition that an instance takes part in. Nothing else changes: charging knows orders, not streams.',
    '- **Projections**: what limits them is that each instance applies everything. With partitions an instance can hold some of them; `GET /v1/orders/{id}` then has to reach one that does, so the partition must be readable from the order id (today a digest of client, key and body) and known to whoever routes the request.',
    '- **Read your writes**: the position in the `201` gets its partition beside its sequence.',
    '- **Ledger, drain, audit**: the same invariants over P streams; the audit reads them side by side.',
  ].join('\n'),
  'What does not change: groups, idempotency, the order of events of one order (they share a partition), and what a `201` promises. Nothing relies on an order between orders.',
];
