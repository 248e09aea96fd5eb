import { formatCount } from '../../../verdict/report/table.ts';
import { type ArmName, baselineName } from '../arms.ts';
import { isBusyElsewhere } from '../machine-load.ts';
import type { ArmDescription, BenchResults } from '../results.ts';
import { spreadOf } from '../statistics.ts';
import type { Document, Section } from './document.ts';
import {
  acceptanceMs,
  boundOfRatio,
  bytesOf,
  type Choose,
  capacity,
  compareArms,
  cpuOf,
  isBounded,
  keptAcceptanceMs,
  measuredTurns,
  ordersPerMessageAtCapacity,
  type Pace,
  platformCpu,
  platformCpuAtCapacity,
  processGroups,
  seriesOf,
  settledCapacity,
  settlementMs,
  spreadOfSeries,
  unattributedCores,
} from './figures.ts';
import { formatFigure, formatMedian, formatRatio, formatSpread, none } from './numbers.ts';
import { priceList } from './prices.ts';

const whyCharactersMax = 300;

/** Everything a run has to tell, for a page and a terminal alike. Pure: every figure is from the results. */
export function reportOf(results: BenchResults): Document {
  const sections = [
    conditions(results),
    armList(results),
    throughput(results),
    latency(results, 'paced'),
    latency(results, 'atTarget'),
    costs(results, 'paced'),
    costs(results, 'atTarget'),
    atCapacity(results),
    ratios(results),
    priceList(results),
    unmeasured(results),
  ];
  return { title: 'Performance', sections: sections.filter((section) => section !== undefined) };
}

function conditions(results: BenchResults): Section {
  const { settings, machine, startedAt, wasInterrupted } = results;
  const { pacedRate, targetRate, pacedSeconds, capacitySeconds, inFlight, rounds, warmUpSeconds, seed } =
    settings;
  const tools = Object.entries(machine.tools).map(([name, version]) => `${name} ${version}`);
  const gibibytes = (machine.memoryBytes / 1024 ** 3).toFixed(1);
  const load = machine.loadAverageBefore.map((value) => value.toFixed(2)).join(', ');
  const { fileSystem, device, fsyncMs } = machine.disk;
  const rates = [pacedRate, ...(targetRate === undefined ? [] : [targetRate])].map(formatFigure);
  const busy = busyTurns(results);
  return {
    title: 'How it was measured',
    text: [
      `Begun ${startedAt}${machine.revision === undefined ? '' : ` at revision ${machine.revision}`} on ${machine.cores} cores of ${machine.cpuModel}, ${gibibytes} GiB, ${machine.kernel}, Node ${machine.nodeVersion}, ${tools.join(', ')}; load average before ${load}. Files on ${fileSystem} (${device}), where an fsync of 4 KiB took ${formatFigure(fsyncMs.p50)} ms at the median and ${formatFigure(fsyncMs.p99)} ms at the p99. Generator, platform and telemetry share these cores.`,
      `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, in each of which every arm has its turn, in an order drawn with seed ${seed}. A turn of the platform or a peer: on a fresh platform a warm-up of ${warmUpSeconds} s, then ${rates.join(' and ')} orders/s for ${pacedSeconds} s, due whether or not earlier ones were answered (peers have only the first rate); on another fresh platform a warm-up, then a closed loop of ${inFlight} orders in flight for ${capacitySeconds} s. All orders are sent by the recorder, one a request, and each is accounted for by the ledger before its turn has figures. A ceiling has no orders: it is a publisher's rate.`,
      'Three figures in a cell are the least, the median and the most of the rounds; a single one is the median. Ratios are taken within a round; n is the number of rounds with figures. ≥ and ≤ mark what a closed loop that was not full, or a busy recorder, may have kept from being more. Orders fall due at fixed intervals: arrivals at random would queue more, so p99 and p99.9 are less than customers at the same mean rate would see.',
      ...((machine.loadAverageBefore[0] ?? 0) > machine.cores / 4
        ? ['The machine was busy with something else: the figures say less than they seem to.']
        : []),
      ...(busy.length === 0
        ? []
        : [
            `The machine was busy with something else, or gave its time to other guests, during ${busy.join(', ')}: those figures say less than they seem to.`,
          ]),
      ...(settings.isQuick
        ? ['This was a quick run: it shows that everything works, and its figures mean little.']
        : []),
      ...(wasInterrupted ? ['The run was interrupted: what is missing was not measured.'] : []),
    ],
  };
}

/** Turns in which the machine did much that is not ours: `baseline 2`. */
export function busyTurns({
  turns,
  machine: { cores },
}: Pick<BenchResults, 'turns' | 'machine'>): readonly string[] {
  return turns.flatMap((turn) => {
    if (turn.outcome !== 'measured') return [];
    const phases = [turn.paced, turn.atTarget, turn.capacity];
    const isBusy = phases.some((phase) => isBusyElsewhere(phase?.machine, cores));
    return isBusy ? [`${turn.arm} ${turn.round}`] : [];
  });
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
  const isBaselineBounded = isBounded(results, baselineName);
  const rows = measuredArms(results).map(({ name }) => {
    const isOwnBounded = isBounded(results, name);
    // The baseline is what it is to itself.
    const ofRatio = name === baselineName ? '' : boundOfRatio(isOwnBounded, isBaselineBounded);
    const refused = measuredTurns(results, name).map((turn) => turn.capacity.unaccepted);
    return [
      name,
      countRounds(results, name),
      (isOwnBounded ? '≥ ' : '') + formatSpread(cell(name, capacity)),
      formatSpread(cell(name, settledCapacity)),
      formatRatio(ofRatio, compareArms(results, name, baselineName, capacity)),
      formatMedian(spreadOf(refused.filter((count) => count !== undefined))),
      formatMedian(cell(name, ordersPerMessageAtCapacity)),
    ];
  });
  return {
    title: 'Capacity',
    text: [
      'What the closed loop got accepted per second, and what was settled per second in the same time, both without the first tenth of the loop; orders that were sent and refused or given up meanwhile; and orders that shared a message.',
    ],
    table: {
      head: ['arm', 'n', 'orders/s', 'settled/s', 'to baseline', 'not accepted', 'orders per message'],
      aligns: 'lrrrrrr',
      rows,
    },
  };
}

/** `2 of 3`: rounds with figures, of a phase. */
function countRounds(results: BenchResults, arm: ArmName, phase: Pace | 'capacity' = 'capacity'): string {
  const turns = measuredTurns(results, arm).filter((turn) => turn[phase] !== undefined);
  return `${turns.length} of ${results.settings.rounds}`;
}

/** Arms that have figures of a paced phase. */
function pacedArms(results: BenchResults, pace: Pace): readonly ArmDescription[] {
  return results.arms.filter(({ name }) =>
    measuredTurns(results, name).some((turn) => turn[pace] !== undefined),
  );
}

/** Behind every figure of an arm that did not keep the rate. */
function lateMark(results: BenchResults, arm: ArmName, pace: Pace): string {
  return measuredTurns(results, arm).some((turn) => (turn[pace]?.unaccepted ?? 0) > 0) ? ' †' : '';
}

const lateNote =
  '† Not all orders of the phase were accepted: the rate was beyond this arm, and its figures say only that.';

function rateOf({ settings }: BenchResults, pace: Pace): string {
  const rate = pace === 'paced' ? settings.pacedRate : settings.targetRate;
  return `${formatFigure(rate ?? 0)} orders/s`;
}

function latency(results: BenchResults, pace: Pace): Section | undefined {
  const arms = pacedArms(results, pace);
  if (arms.length === 0) return undefined;
  const rows = arms.map(({ name }) => {
    const late = lateMark(results, name, pace);
    const cell = (pick: Choose) => formatSpread(spreadOfSeries(seriesOf(results, name, pick))) + late;
    return [
      ...[name, countRounds(results, name, pace)],
      ...(['p50', 'p99', 'p999'] as const).map((percentile) => cell(acceptanceMs(pace, percentile))),
      cell(settlementMs(pace)),
    ];
  });
  return {
    title: `Latency at ${rateOf(results, pace)}`,
    text: [
      "Milliseconds. Acceptance is from the time an order should have been sent to its 201; settlement from the order's arrival in order's HTTP handler to the delivery of its outcome to a consumer, which comes after a majority has it.",
      ...(arms.some(({ name }) => lateMark(results, name, pace) !== '') ? [lateNote] : []),
    ],
    table: { head: ['arm', 'n', 'p50', 'p99', 'p99.9', 'settled p99'], aligns: 'lrrrrr', rows },
  };
}

function costs(results: BenchResults, pace: Pace): Section | undefined {
  const arms = pacedArms(results, pace);
  if (arms.length === 0) return undefined;
  return {
    title: `Cost of an order at ${rateOf(results, pace)}`,
    text: [
      'CPU time until everything was settled and told, in microseconds per accepted order; the platform is everything but the recorder. What a process costs that has nothing to do is in it, so it falls with the rate.',
      ...(arms.some(({ name }) => lateMark(results, name, pace) !== '') ? [lateNote] : []),
    ],
    table: {
      head: ['arm', ...processGroups, 'platform'],
      aligns: `l${'r'.repeat(processGroups.length + 1)}`,
      rows: arms.map(({ name }) => {
        const spread = (pick: Choose) => spreadOfSeries(seriesOf(results, name, pick));
        const late = lateMark(results, name, pace);
        const marked = (text: string) => (text === none ? text : text + late);
        return [
          name,
          ...processGroups.map((group) => marked(formatMedian(spread(cpuOf(pace, group))))),
          marked(formatSpread(spread(platformCpu(pace)))),
        ];
      }),
    },
  };
}

/** What an order costs where the machine is full, and the bytes that it leaves. */
function atCapacity(results: BenchResults): Section | undefined {
  const arms = pacedArms(results, 'paced');
  if (arms.length === 0) return undefined;
  return {
    title: 'Cost of an order at capacity, and its bytes',
    text: [
      "CPU time of the platform per accepted order in the closed loop, and the cores that were busy meanwhile with nothing that was started for it: the kernel's own threads, and whatever else ran. Bytes per accepted order, in every copy, which are more where fewer orders share a message: messages in streams by the brokers' count; the brokers' other files, mostly raft logs, which are compacted now and then, so that this may be negative; and the services' databases with what is not checkpointed.",
    ],
    table: {
      head: ['arm', 'platform CPU', 'unattributed cores', 'in streams', "brokers' other files", 'databases'],
      aligns: 'lrrrrr',
      rows: arms.map(({ name }) => {
        const spread = (pick: Choose) => spreadOfSeries(seriesOf(results, name, pick));
        return [
          name,
          formatSpread(spread(platformCpuAtCapacity)),
          formatSpread(spread(unattributedCores)),
          ...(['streams', 'brokersOther', 'databases'] as const).map((of) =>
            formatMedian(spread(bytesOf(of))),
          ),
        ];
      }),
    },
  };
}

/** The baseline beside what others would have built, and beside what the brokers can do at all. */
function ratios(results: BenchResults): Section | undefined {
  const others = measuredArms(results).filter(({ kind }) => kind !== 'platform');
  if (others.length === 0 || measuredTurns(results, baselineName).length === 0) return undefined;
  const ratio = (arm: ArmName, pick: Choose, bound = '') =>
    formatRatio(bound, compareArms(results, baselineName, arm, pick));
  const isBaselineBounded = isBounded(results, baselineName);
  return {
    title: 'Beside peers and ceilings',
    text: [
      "The baseline's figure divided by the other's: above 1 × it has more capacity, or costs more. A peer is the original guide's design written plainly in TypeScript: a publish and an acknowledgement per order, without telemetry and without a projection to be read from. Latency is compared at the rate that all have, where both kept it. A ceiling is the best that `nats bench` gets from the same brokers with nothing else running, of several numbers of connections and batch sizes, with a message id each; it sends a batch and waits for all of it, so a publisher with a sliding window may get more.",
    ],
    table: {
      head: ['arm', 'n', 'capacity', 'settled/s', 'p99', 'CPU at capacity', 'bytes in streams'],
      aligns: 'lrrrrrr',
      rows: others.map(({ name }) => [
        ...[name, countRounds(results, name)],
        ratio(name, capacity, boundOfRatio(isBaselineBounded, isBounded(results, name))),
        ratio(name, settledCapacity),
        ...[ratio(name, keptAcceptanceMs('p99')), ratio(name, platformCpuAtCapacity)],
        ratio(name, bytesOf('streams')),
      ]),
    },
  };
}

/** Of a cell's length: the end of a log may be part of it. */
const inWords = (why: string) => why.replaceAll(/\s+/g, ' ').slice(0, whyCharactersMax);

/** Turns without figures, or without those of a phase, and why. */
function unmeasured(results: BenchResults): Section | undefined {
  const rows = results.turns.flatMap((turn): string[][] => {
    if (turn.outcome === 'measured') {
      if (turn.whyNotAtTarget === undefined) return [];
      const phase = `none at ${rateOf(results, 'atTarget')}`;
      return [[turn.arm, String(turn.round), phase, inWords(turn.whyNotAtTarget)]];
    }
    const why =
      turn.outcome === 'violated'
        ? turn.findings.map(({ invariant, count }) => `${invariant}: ${formatCount(count)}`).join(', ')
        : turn.why;
    return [[turn.arm, String(turn.round), turn.outcome, inWords(why)]];
  });
  if (rows.length === 0) return undefined;
  return {
    title: 'Without figures',
    text: [
      'An arm that loses orders or charges them twice in any round has no speed, and none of its rounds has figures: what the ledger found stands here instead.',
    ],
    table: { head: ['arm', 'round', 'outcome', 'why'], aligns: 'lrll', rows },
  };
}
