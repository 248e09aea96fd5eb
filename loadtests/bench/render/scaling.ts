import { names, platform } from '../../../topology/index.ts';
import { formatCount } from '../../../verdict/report/table.ts';
import {
  type Assumptions,
  type Limit,
  limitsOf,
  type MeasuredCosts,
  type Needs,
  needsAt,
} from '../capacity-model.ts';
import type { BenchResults } from '../results.ts';
import type { Section } from './document.ts';
import { renderDocument } from './markdown.ts';
import { formatFigure, none } from './numbers.ts';
import { costsIn } from './scaling-costs.ts';
import { whatPartitioningTakes } from './scaling-text.ts';

/** The rates of the page, orders per second: what is promised, and what the page is about. */
const rates = [10_000, 100_000, 1_000_000] as const;

const mebibyte = 1024 * 1024;

/** Nobody measured these: change them here, and the page says so. */
const assumptions: Assumptions = {
  utilisation: 0.6,
  coresPerBroker: 8,
  networkBytesPerSecond: 10e9 / 8,
  ordersMaxBytes:
    platform.streams.find(({ name }) => name === names.ordersStream)?.maxBytes ?? 4_096 * mebibyte,
};

/**
 * docs/scaling-out.md: the whole page. Pure.
 * @param results undefined while nobody has measured: the page then has formulas, and no figures
 */
export function renderScaling(results: BenchResults | undefined): string {
  const costs = results === undefined ? undefined : costsIn(results);
  const sections = [
    introduction(results, costs),
    measured(costs),
    assumed(),
    needs(costs),
    limits(costs),
    { title: 'What more than one stream takes', text: whatPartitioningTakes },
  ];
  // A link to what is not there would be broken.
  const source = results === undefined ? '`performance.json`' : '[performance.json](performance.json)';
  return renderDocument(
    { title: 'Scaling out', sections: sections.filter((section) => section !== undefined) },
    `Made by \`npm run bench -- --write\` from ${source}; nothing here is written by hand. The arithmetic is [capacity-model.ts](../loadtests/bench/capacity-model.ts).`,
  );
}

function introduction(results: BenchResults | undefined, costs: MeasuredCosts | undefined): Section {
  const rate = formatCount(costs?.rate ?? 0);
  const state =
    results === undefined || costs === undefined
      ? `**Nothing of this has been measured yet**: ${results === undefined ? 'there is no' : 'the baseline has no figures at its target rate in'} \`performance.json\`. Below are the formulas; figures come with \`npm run bench -- --write\`.`
      : `**Measured** is what an order cost at ${rate} orders/s on one machine of ${results.machine.cores} cores (${results.machine.cpuModel}), generator included: the first table, each figure the median of [the benchmark's](performance.md) rounds. **Arithmetic** is everything that stands under a higher rate: the same costs times the rate. Nobody has run the platform at such a rate, an order costs something else on another machine, and a straight line hides whatever bends (caches, contention, garbage). Take it for what to provide to begin with, and for what to look at first.`;
  return {
    title: 'What this page is',
    text: [
      'How many cores, brokers and streams 100,000 and 1,000,000 orders a second need, and what gives way first. How to change the numbers: [scale](how-to/scale.md); how to send so much: [more load than one recorder sends](how-to/storm-on-kubernetes.md#more-load-than-one-recorder-sends).',
      state,
    ],
  };
}

function measured(costs: MeasuredCosts | undefined): Section {
  const figure = (value: number | undefined, unit = '') =>
    value === undefined ? 'not measured' : `${formatFigure(value)}${unit}`;
  const us = (value: number | undefined) => figure(value, ' µs');
  return {
    title: 'What was measured',
    text: [
      'CPU time per order, and what an order leaves behind. What one more instance of order costs is the difference that a second one makes (arm `two-replicas`): it applies every order and every outcome to a projection of its own. It contains that two instances fill their groups less, so it is too high rather than too low.',
    ],
    table: {
      head: ['symbol', 'what', 'figure'],
      aligns: 'llr',
      rows: [
        ['a + b', 'order, one instance', us(costs?.orderUs)],
        ['b', 'of that, what each instance spends on every order of all', us(costs?.projectionUs)],
        ['p', 'payment', us(costs?.paymentUs)],
        ['s', 'psp, the simulated provider', us(costs?.pspUs)],
        ['k', 'all brokers together', us(costs?.brokersUs)],
        ['t', 'telemetry', us(costs?.telemetryUs)],
        ['g', 'the recorder', us(costs?.generatorUs)],
        ['m', 'orders in a message, at capacity', figure(costs?.ordersPerMessage)],
        [
          'c',
          'bytes of orders and outcomes in one replica of their streams',
          figure(costs?.streamBytesPerCopy),
        ],
        ['r', 'replicas of a stream', String(costs?.streamReplicas ?? 'not measured')],
        ['f', 'an fsync of 4 KiB', figure(costs?.fsyncMs, ' ms')],
        ['S', 'orders/s that brokers alone took into one stream', figure(costs?.streamOrdersPerSecond)],
      ],
    },
  };
}

function assumed(): Section {
  const { utilisation, coresPerBroker, networkBytesPerSecond, ordersMaxBytes } = assumptions;
  return {
    title: 'What is assumed',
    text: ['Nobody measured these; they are constants of the model.'],
    table: {
      head: ['symbol', 'what', 'value'],
      aligns: 'llr',
      rows: [
        [
          'u',
          'how much of a core, a stream or a link is used; the rest is for repeats, failovers and bursts',
          `${utilisation * 100} %`,
        ],
        ['C', 'cores of the machine that a broker has to itself', String(coresPerBroker)],
        ['W', 'its network, each way', `${(networkBytesPerSecond * 8) / 1e9} Gbit/s`],
        [
          'B',
          "`maxBytes` of the orders' stream; outcomes take about the same bytes",
          `${ordersMaxBytes / mebibyte} MiB`,
        ],
      ],
    },
  };
}

/** How each need is told, and how it comes about. */
const needRows: readonly {
  readonly what: string;
  readonly formula: string;
  readonly of: (needs: Needs) => string;
}[] = [
  {
    what: 'instances of order',
    formula: 'a·R / (u·10⁶ − b·R), one event loop each',
    of: ({ orderReplicas }) =>
      orderReplicas === undefined ? '**no number is enough**' : formatCount(orderReplicas),
  },
  {
    what: '– if each held a part of the projection, which is not built',
    formula: '(a + b)·R / u·10⁶',
    of: ({ orderReplicasPartitioned }) => formatCount(orderReplicasPartitioned),
  },
  {
    what: 'instances of payment',
    formula: 'p·R / u·10⁶',
    of: ({ paymentReplicas }) => formatCount(paymentReplicas),
  },
  {
    what: 'processes like psp',
    formula: 's·R / u·10⁶; psp is one process, a real provider is not yours to scale',
    of: ({ pspProcesses }) => formatCount(pspProcesses),
  },
  {
    what: 'streams of orders, and as many of outcomes',
    formula: 'R / u·min(S, 1000·m/f)',
    of: ({ partitions }) => formatCount(partitions),
  },
  { what: 'brokers', formula: 'k·R / u·C·10⁶, at least r, odd', of: ({ brokers }) => formatCount(brokers) },
  {
    what: 'cores in all, without generators',
    formula: '(a + b·instances + p + s + k + t)·R / u·10⁶',
    of: ({ cores }) => (cores === undefined ? none : formatFigure(cores)),
  },
  {
    what: '– if each instance of order held a part of the projection',
    formula: '(a + b + p + s + k + t)·R / u·10⁶',
    of: ({ coresPartitioned }) => formatFigure(coresPartitioned),
  },
  { what: 'recorders', formula: 'g·R / u·10⁶', of: ({ generators }) => formatCount(generators) },
  {
    what: 'messages acknowledged by payment, per second',
    formula: 'R / m',
    of: ({ messagesPerSecond }) => formatFigure(messagesPerSecond),
  },
  {
    what: "written to all brokers' disks",
    formula: 'c·r·R',
    of: ({ diskBytesPerSecond }) => formatRate(diskBytesPerSecond),
  },
  {
    what: 'sent by all brokers',
    formula: 'c·R·(r − 1 followers + payment + instances of order)',
    of: ({ networkBytesPerSecond: bytes }) => (bytes === undefined ? none : formatRate(bytes)),
  },
  {
    what: "until the orders' streams are full, and refuse",
    formula: 'B·streams / (c/2·R)',
    of: ({ secondsUntilFull }) => formatTime(secondsUntilFull),
  },
];

function needs(costs: MeasuredCosts | undefined): Section {
  const columns = costs === undefined ? [] : rates.map((rate) => needsAt(costs, rate, assumptions));
  return {
    title: 'What a rate needs',
    text: [
      'R is the rate. What a machine can be driven to is in the benchmark; here everything has the room that is assumed above. Streams keep what they have for seven days (`maxAge`) or until they are full: their size goes with the rate, and is a line in [topology/platform.ts](../topology/platform.ts).',
    ],
    table: {
      head: [
        'need',
        ...(costs === undefined ? [] : rates.map((rate) => `${formatCount(rate)}/s`)),
        'formula',
      ],
      aligns: `l${'r'.repeat(columns.length)}l`,
      rows: needRows.map(({ what, formula, of }) => [what, ...columns.map(of), formula]),
    },
  };
}

/** What each limit means, what to do about it, and on what its figure rests. */
const limitWords: Readonly<Record<Limit['name'], readonly [what: string, formula: string, remedy: string]>> =
  {
    'order-process': [
      'one instance of order: its event loop',
      'u·10⁶ / (a + b)',
      'more instances (`replicas.order`)',
    ],
    'payment-process': [
      'one instance of payment: its event loop',
      'u·10⁶ / p',
      'more instances (`replicas.payment`)',
    ],
    'psp-process': [
      'psp: one process, one ledger',
      'u·10⁶ / s',
      'nothing: it stands in for a provider. Load above it needs several, told apart by charge key',
    ],
    'generator-process': ['one recorder', 'u·10⁶ / g', '`--generators`'],
    stream: ["one stream's leader, as brokers alone could fill it", 'u·S', 'more streams, see below'],
    fsync: [
      "one stream's leader, a sync after the other",
      'u·1000·m / f',
      'larger groups, a faster disk, then more streams; it is a lower bound, since several messages may share a sync',
    ],
    projections: [
      'projections: every instance of order applies every order',
      'u·10⁶ / b',
      'no number of instances: each must hold a part only, see below',
    ],
    acknowledgements: [
      "one stream's consumer: its leader takes an acknowledgement for each message",
      'u·m·acknowledgements/s',
      'larger groups, then more streams, each with a consumer of its own',
    ],
    'broker-network': [
      "one stream's leader, its network",
      'u·W / (c·(r + 1))',
      'more streams, whose leaders are on other brokers',
    ],
  };

function limits(costs: MeasuredCosts | undefined): Section {
  const known = costs === undefined ? [] : limitsOf(costs, assumptions);
  const unknown = (Object.keys(limitWords) as Limit['name'][]).filter(
    (name) => !known.some((limit) => limit.name === name),
  );
  const row = (name: Limit['name'], rate: string) => {
    const [what, formula, remedy] = limitWords[name];
    return [what, rate, formula, remedy];
  };
  return {
    title: 'What gives way first',
    text: ['The platform as it is, each limit as if there were no other, from the lowest rate on.'],
    table: {
      head: ['what', 'orders/s', 'formula', 'what helps'],
      aligns: 'lrll',
      rows: [
        ...known.map(({ name, rate }) => row(name, formatCount(Number(rate.toPrecision(3))))),
        ...unknown.map((name) => row(name, 'not measured')),
      ],
    },
  };
}

/** `1.53 MB/s`. */
function formatRate(bytesPerSecond: number): string {
  return bytesPerSecond >= 1e9
    ? `${formatFigure(bytesPerSecond / 1e9)} GB/s`
    : `${formatFigure(bytesPerSecond / 1e6)} MB/s`;
}

/** `27.3 min`. */
function formatTime(seconds: number): string {
  if (seconds < 60) return `${formatFigure(seconds)} s`;
  return seconds < 3_600 ? `${formatFigure(seconds / 60)} min` : `${formatFigure(seconds / 3_600)} h`;
}
