import { metrics } from '../../observability/names/metrics.ts';
import { readBroker } from '../../services/broker-metrics/poller.ts';
import { consumersByLeader } from '../../services/broker-metrics/readings.ts';
import type { Reading } from '../../services/runtime/index.ts';
import type { Addresses } from '../../targets/target.ts';
import { instanceName, names } from '../../topology/index.ts';
import type { SeriesName } from '../../verdict/index.ts';

/** What one subject showed in one look. */
export type Sample = { readonly name: SeriesName; readonly subject: string; readonly value: number };

const timeoutMs = 1_000;

/**
 * Looks at every service, every broker and the alerts once, past all proxies. What does not answer in time is told as not
 * `up`, and has no other samples.
 *
 * It asks each of them itself: Collector and Prometheus may be what is broken, and tell what they have seconds late.
 */
export async function readGauges(addresses: Addresses): Promise<readonly Sample[]> {
  const { orderAdmin, paymentAdmin, pspAdmin, natsMonitor, prometheus } = addresses;
  const services = { order: orderAdmin, payment: paymentAdmin, psp: pspAdmin };
  const looks = [
    ...Object.entries(services).flatMap(([service, urls]) =>
      urls.map((url, ordinal) => readService(instanceName(service, ordinal), url)),
    ),
    readBrokers(natsMonitor),
    ...(prometheus === '' ? [] : [readAlerts(prometheus)]),
  ];
  return (await Promise.all(looks)).flat();
}

const breakerStates = ['closed', 'half-open', 'open'];

/** The metrics that are sampled: a sample is the sum over a metric's series, each by its weight. */
const sampled: Readonly<
  Record<string, { readonly name: SeriesName; weigh(attributes: Reading['attributes']): number }>
> = {
  [metrics.breakerState.name]: {
    name: 'breaker',
    weigh: ({ state }) => breakerStates.indexOf(String(state)),
  },
  [metrics.chargeAttempts.name]: { name: 'charge attempts', weigh: () => 1 },
  [metrics.ordersQueued.name]: { name: 'orders queued', weigh: () => 1 },
  [metrics.projectionLag.name]: { name: 'projection lag', weigh: () => 1 },
  [metrics.ordersReplayed.name]: { name: 'repeated answers', weigh: () => 1 },
  [metrics.pspCharges.name]: {
    name: 'repeated charges',
    weigh: ({ result }) => (result === 'replayed' ? 1 : 0),
  },
  [metrics.processMemoryUsage.name]: { name: 'memory', weigh: () => 1 },
};

/** The samples of a service that told these readings. Pure. */
export function samplesOf(subject: string, readings: readonly Reading[]): readonly Sample[] {
  const sums = new Map<SeriesName, number>();
  for (const { metric, attributes, value } of readings) {
    const rule = sampled[metric];
    if (rule !== undefined) sums.set(rule.name, (sums.get(rule.name) ?? 0) + rule.weigh(attributes) * value);
  }
  return [...sums].map(([name, value]) => ({ name, subject, value }));
}

async function readService(subject: string, adminUrl: string): Promise<readonly Sample[]> {
  const readings = await readReadings(adminUrl, deadline()).catch(isDown);
  const up: Sample = { name: 'up', subject, value: readings === undefined ? 0 : 1 };
  return [up, ...samplesOf(subject, readings ?? [])];
}

async function readBrokers(monitors: readonly string[]): Promise<readonly Sample[]> {
  const readings = await Promise.all(monitors.map((url) => readBroker(url, timeoutMs)));
  const payment = consumersByLeader(readings.filter((reading) => reading !== undefined)).find(
    ({ consumer }) => consumer === names.paymentConsumer,
  );
  const subject = names.paymentConsumer;
  return [
    ...readings.map((reading, ordinal): Sample => {
      return { name: 'up', subject: instanceName('nats', ordinal), value: reading === undefined ? 0 : 1 };
    }),
    // During an election nobody knows.
    ...(payment === undefined
      ? []
      : [
          { name: 'backlog', subject, value: payment.pending + payment.ackPending } as const,
          { name: 'redeliveries', subject, value: payment.redeliveries } as const,
        ]),
  ];
}

type Alerts = {
  readonly data: {
    readonly alerts: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[];
  };
};

async function readAlerts(prometheusUrl: string): Promise<readonly Sample[]> {
  const answer = await getJson<Alerts>(`${prometheusUrl}/api/v1/alerts`, deadline()).catch(isDown);
  const up: Sample = {
    name: 'up',
    subject: instanceName('prometheus', 0),
    value: answer === undefined ? 0 : 1,
  };
  const firing = (answer?.data.alerts ?? []).filter(({ state }) => state === 'firing');
  const subjects = new Set(firing.map(({ labels }) => labels.alertname));
  return [up, ...[...subjects].map((subject): Sample => ({ name: 'alert', subject, value: 1 }))];
}

/**
 * The counters and gauges of a service, as it tells them itself.
 * @throws when it does not answer
 */
export async function readReadings(adminUrl: string, signal: AbortSignal): Promise<readonly Reading[]> {
  return getJson<readonly Reading[]>(`${adminUrl}/admin/readings`, signal);
}

async function getJson<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as T;
}

const deadline = () => AbortSignal.timeout(timeoutMs);

/** Down, paused or cut off: to whoever looks it is all the same. */
const isDown = () => undefined;
