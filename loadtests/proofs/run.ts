import { invariantNames, type LedgerResult, type Reason, type RunReport } from '../../verdict/index.ts';
import { isBusyElsewhere, type MachineLoad } from '../bench/machine-load.ts';
import { figure, type ProofCheck } from './checks.ts';

/** As much of a report as is judged here. */
export type JudgedRun = Pick<RunReport, 'decision' | 'ledger' | 'load' | 'machine'>;

/**
 * What every run of a proof must show: each order accounted for, the load sent, and nothing else that its own verdict holds against
 * it. Pure.
 */
export function judgeRun(run: JudgedRun): readonly ProofCheck[] {
  return [judgeLedger(run.ledger), judgeDelivery(run), ...run.decision.reasons.filter(isOther).map(toCheck)];
}

/** Whether every order was accounted for, and nothing was lost, doubled, mischarged …. Pure. */
export function judgeLedger(ledger: LedgerResult | undefined): ProofCheck {
  const row = { name: 'every order is accounted for', restsOnSpeed: false };
  if (ledger === undefined) {
    return { ...row, found: '', check: { status: 'unknown', detail: 'the orders were not audited' } };
  }
  const { counts, findings, gaps } = ledger;
  const found = `${figure(counts.accepted, '')} accepted, ${figure(counts.stored, '')} stored, ${figure(counts.charged, '')} charged`;
  const broken = findings.filter(({ isExpected }) => !isExpected);
  if (broken.length > 0) {
    const detail = broken.map(({ invariant, count }) => `${invariant}: ${count}`).join(', ');
    return { ...row, found, check: { status: 'not-met', detail } };
  }
  if (gaps.length > 0) return { ...row, found, check: { status: 'unknown', detail: gaps.join('; ') } };
  if (counts.accepted === 0) {
    return { ...row, found, check: { status: 'unknown', detail: 'no order was accepted' } };
  }
  return { ...row, found, check: { status: 'met' } };
}

/** Whether every planned order was sent: a generator that could not says nothing of the platform. Pure. */
function judgeDelivery({ load }: Pick<JudgedRun, 'load'>): ProofCheck {
  const row = { name: 'the whole load is sent', restsOnSpeed: true };
  const detail = problemOfDelivery(load);
  if (detail !== undefined) return { ...row, found: '', check: { status: 'unknown', detail } };
  return { ...row, found: figure(load?.manifest.planned ?? 0, 'orders'), check: { status: 'met' } };
}

function problemOfDelivery(load: RunReport['load']): string | undefined {
  if (load === undefined) return 'nothing was sent';
  const { planned, finished } = load.manifest;
  if (finished === undefined) return 'the generator did not live to its end';
  const { attempted, dropped } = finished;
  if (dropped === 0 && attempted >= planned) return undefined;
  return `${attempted} of ${planned} orders were sent, ${dropped} dropped`;
}

/** Ledger, delivery and who ended the run are told by themselves. */
const toldElsewhere: readonly string[] = ['ledger', 'load', 'interrupted', ...invariantNames];

function isOther({ code }: Reason): boolean {
  return !toldElsewhere.includes(code);
}

/** Waiting and recovery take time, and so does coming to rest. */
const codesOfSpeed = ['slo', 'drain', 'steady-state'];

function toCheck({ verdict, code, text }: Reason): ProofCheck {
  return {
    name: 'the run itself passes',
    found: '',
    check: { status: verdict === 'FAIL' ? 'not-met' : 'unknown', detail: text },
    restsOnSpeed: codesOfSpeed.includes(code),
  };
}

/** How many processes may have waited for each core before a run: as phases of a load are judged (verdict/checks/phases.ts). */
const busyFactorMax = 2;

/**
 * Why the figures of runs say nothing of how fast the platform is; undefined when they do. Pure.
 *
 * @param loads what the machine did beside ours while each of them ran
 */
export function excuseOf(
  runs: readonly Pick<JudgedRun, 'load' | 'machine'>[],
  loads: readonly (MachineLoad | undefined)[],
): string | undefined {
  for (const { load, machine } of runs) {
    const problem = problemOfDelivery(load);
    if (problem !== undefined) return `the load was not sent (${problem})`;
    const { loadAverageBefore, cores } = machine;
    if (loadAverageBefore > busyFactorMax * cores) {
      return `the machine was busy before (load average ${loadAverageBefore.toFixed(1)}, ${cores} cores)`;
    }
  }
  const cores = runs[0]?.machine.cores ?? 1;
  const busy = loads.find((load) => isBusyElsewhere(load, cores));
  if (busy === undefined) return undefined;
  const { unattributedCores, stolenCores } = busy;
  return `others used the machine (${unattributedCores.toFixed(2)} cores, ${stolenCores.toFixed(2)} stolen)`;
}
