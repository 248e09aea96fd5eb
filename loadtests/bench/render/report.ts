import { formatCount } from '../../../verdict/report/table.ts';
import { type ArmName, baselineName } from '../arms.ts';
import type { ArmDescription, BenchResults } from '../results.ts';
import type { Document, Section } from './document.ts';
import {
  acceptanceMs,
  type Choose,
  capacity,
  compareArms,
  cpuOf,
  diskBytes,
  keptAcceptanceMs,
  measuredTurns,
  platformCpu,
  platformCpuAtCapacity,
  processGroups,
  seriesOf,
  settledCapacity,
  settlementMs,
  spreadOfSeries,
} from './figures.ts';
import { formatFigure, formatMedian, formatSpread } from './numbers.ts';
import { priceList } from './prices.ts';

const whyCharactersMax = 300;

/** Everything a run has to tell, for a page and a terminal alike. Pure: every figure is from the results. */
export function reportOf(results: BenchResults): Document {
  const sections = [
    conditions(results),
    armList(results),
    throughput(results),
    costs(results),
    ratios(results),
    priceList(results),
    unmeasured(results),
  ];
  return { title: 'Performance', sections: sections.filter((section) => section !== undefined) };
}

function conditions({ settings, machine, startedAt, wasInterrupted }: BenchResults): Section {
  const { pacedRate, pacedSeconds, capacitySeconds, inFlight, rounds, warmUpSeconds } = settings;
  const tools = Object.entries(machine.tools).map(([name, version]) => `${name} ${version}`);
  const gibibytes = (machine.memoryBytes / 1024 ** 3).toFixed(1);
  const load = machine.loadAverageBefore.map((value) => value.toFixed(2)).join(', ');
  return {
    title: 'How it was measured',
    text: [
      `Begun ${startedAt} on ${machine.cores} cores of ${machine.cpuModel}, ${gibibytes} GiB, ${machine.kernel}, Node ${machine.nodeVersion}, ${tools.join(', ')}; load average before ${load}. Generator, platform and telemetry share these cores.`,
      `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, in each of which every arm has its turn on a fresh platform: a warm-up of ${warmUpSeconds} s; ${formatFigure(pacedRate)} orders/s for ${pacedSeconds} s, due whether or not earlier ones were answered; and a closed loop of ${inFlight} orders in flight for ${capacitySeconds} s. All orders are sent by the recorder, one a request, and each is accounted for by the ledger before its turn has figures.`,
      'Three figures in a cell are the least, the median and the most of the rounds; a single one is the median. Ratios are taken within a round.',
      ...((machine.loadAverageBefore[0] ?? 0) > machine.cores / 4
        ? ['The machine was busy with something else: the figures say less than they seem to.']
        : []),
      ...(settings.isQuick
        ? ['This was a quick run: it shows that everything works, and its figures mean little.']
        : []),
      ...(wasInterrupted ? ['The run was interrupted: what is missing was not measured.'] : []),
    ],
  };
}

function armList({ arms }: BenchResults): Section {
  return {
    title: 'What was measured',
    text: [],
    table: { head: ['arm', 'what it is'], aligns: 'll', rows: arms.map(({ name, title }) => [name, title]) },
  };
}

/** Arms with at least one turn that has figures. */
function measuredArms(results: BenchResults): readonly ArmDescription[] {
  return results.arms.filter(({ name }) => measuredTurns(results, name).length > 0);
}

function throughput(results: BenchResults): Section {
  const cell = (arm: ArmName, pick: Choose) => spreadOfSeries(seriesOf(results, arm, pick));
  const rows = measuredArms(results).map(({ name }) => {
    const turns = measuredTurns(results, name);
    const bound = turns.some((turn) => turn.capacity.isLowerBound) ? '≥ ' : '';
    const late = turns.some(({ paced }) => (paced?.unaccepted ?? 0) > 0) ? ' †' : '';
    return [
      name,
      bound + formatSpread(cell(name, capacity)),
      formatMedian(cell(name, settledCapacity)),
      formatSpread(compareArms(results, name, baselineName, capacity), ' ×'),
      formatMedian(cell(name, acceptanceMs('p50'))) + late,
      formatMedian(cell(name, acceptanceMs('p99'))) + late,
      formatMedian(cell(name, acceptanceMs('p999'))) + late,
      formatMedian(cell(name, settlementMs)),
    ];
  });
  const isMarked = rows.some((row) => row.some((text) => text.endsWith(' †')));
  return {
    title: 'Capacity and latency',
    text: [
      'Capacity is what the closed loop got accepted per second; what was settled per second meanwhile stands beside it, from the first send to the last outcome. Acceptance is measured in the paced phase, from the time an order should have been sent to its 201; settlement from its arrival at order to its outcome in the stream. Milliseconds.',
      ...(isMarked
        ? ['† Not all orders of the paced phase were accepted: the rate was beyond this arm.']
        : []),
    ],
    table: {
      head: [...['arm', 'orders/s', 'settled/s', 'to baseline'], ...['p50', 'p99', 'p99.9', 'settled p99']],
      aligns: 'lrrrrrrr',
      rows,
    },
  };
}

function costs(results: BenchResults): Section | undefined {
  const arms = measuredArms(results).filter(({ kind }) => kind !== 'ceiling');
  if (arms.length === 0) return undefined;
  const median = (arm: ArmName, pick: Choose) => formatMedian(spreadOfSeries(seriesOf(results, arm, pick)));
  return {
    title: 'Cost of an order',
    text: [
      'CPU time in the paced phase, until everything was settled, in microseconds per accepted order; the platform is everything but the recorder. What a process costs that has nothing to do is in it, so it falls with the rate: beside it stands what the platform takes at the capacity of each arm. Bytes are those by which all files grew on disk, in every copy.',
    ],
    table: {
      head: ['arm', ...processGroups, 'platform', 'at capacity', 'bytes on disk'],
      aligns: `l${'r'.repeat(processGroups.length + 3)}`,
      rows: arms.map(({ name }) => [
        name,
        ...processGroups.map((group) => median(name, cpuOf(group))),
        formatSpread(spreadOfSeries(seriesOf(results, name, platformCpu))),
        formatSpread(spreadOfSeries(seriesOf(results, name, platformCpuAtCapacity))),
        median(name, diskBytes),
      ]),
    },
  };
}

/** The baseline beside what others would have built, and beside what the brokers can do at all. */
function ratios(results: BenchResults): Section | undefined {
  const others = measuredArms(results).filter(({ kind }) => kind !== 'platform');
  if (others.length === 0 || measuredTurns(results, baselineName).length === 0) return undefined;
  const ratio = (arm: ArmName, pick: Choose) =>
    formatSpread(compareArms(results, baselineName, arm, pick), ' ×');
  return {
    title: 'Beside peers and ceilings',
    text: [
      "The baseline's figure divided by the other's: above 1 × it has more capacity, or costs more. A peer is the original guide's design written plainly in TypeScript: a publish and an acknowledgement per order, without telemetry and without a projection to be read from. Latency is compared where both kept the rate. A ceiling is the best that `nats bench` gets from the same brokers with nothing else running, of several numbers of connections and batch sizes, with a message id each; it sends a batch and waits for all of it, so a publisher with a sliding window may get more.",
    ],
    table: {
      head: ['arm', 'capacity', 'settled/s', 'p99', 'CPU at capacity', 'bytes on disk'],
      aligns: 'lrrrrr',
      rows: others.map(({ name }) => [
        ...[name, ratio(name, capacity), ratio(name, settledCapacity)],
        ...[ratio(name, keptAcceptanceMs('p99')), ratio(name, platformCpuAtCapacity)],
        ratio(name, diskBytes),
      ]),
    },
  };
}

/** Turns without figures, and why. */
function unmeasured({ turns }: BenchResults): Section | undefined {
  const rows = turns.flatMap((turn): string[][] => {
    if (turn.outcome === 'measured') return [];
    const why =
      turn.outcome === 'violated'
        ? turn.findings.map(({ invariant, count }) => `${invariant}: ${formatCount(count)}`).join(', ')
        : turn.why;
    // The end of a log may be part of it.
    const words = why.replaceAll(/\s+/g, ' ').slice(0, whyCharactersMax);
    return [[turn.arm, String(turn.round), turn.outcome, words]];
  });
  if (rows.length === 0) return undefined;
  return {
    title: 'Without figures',
    text: [
      'An arm that loses orders or charges them twice has no speed: what the ledger found stands here instead.',
    ],
    table: { head: ['arm', 'round', 'outcome', 'why'], aligns: 'lrll', rows },
  };
}
