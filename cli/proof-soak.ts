import { shareBytes } from '../loadtests/bench/index.ts';
import {
  excuseOf,
  judgeDisk,
  judgeGrowth,
  judgeLag,
  judgeLedger,
  judgeRebuild,
  judgeRun,
  type ProofCheck,
  soakLimits,
  soakSizes,
} from '../loadtests/proofs/index.ts';
import { auditAlone } from './proof-audit.ts';
import type { ObservedRun } from './proof-observe.ts';
import type { ProofPlatform } from './proof-platform.ts';
import { killAndRebuild } from './proof-rebuild.ts';
import type { Proven } from './proof-result.ts';
import { lastSeconds, observeFlat } from './proof-steady.ts';

/**
 * The normal rate for half an hour: memory, disk and lag; then everything is killed, projections are deleted and rebuilt, and all
 * orders audited once more.
 */
export async function proveSoak(platform: ProofPlatform): Promise<Proven> {
  const { calibrationSeconds, memorySeconds, ...load } = soakSizes[platform.size];
  const { context, options, target } = platform;
  const calibration = await observeFlat(platform, 'calibration', { ...load, seconds: calibrationSeconds });
  const soak = await observeFlat(platform, 'soak', load);
  const runs = [calibration.report, soak.report];
  const span = lastSeconds(soak.report, load.seconds);
  const before = [
    ...runs.flatMap(judgeRun),
    judgeGrowth(soak.memory, lastSeconds(soak.report, memorySeconds), soakLimits.memoryPerMinuteMax),
    ...judgeGrowthOfDisk(calibration, soak),
    judgeLag(soak.report.series ?? [], span),
  ];
  const excuse = excuseOf(runs, [calibration.machine, soak.machine]);
  if (context.signal.aborted) return { checks: before, runs, excuse };
  const seconds = await killAndRebuild(target, context);
  const orders = runs.reduce((sum, { ledger }) => sum + (ledger?.counts.stored ?? 0), 0);
  const { ledger } = await auditAlone(soak.report.runId, options, context);
  const after: ProofCheck = { ...judgeLedger(ledger), name: 'every order is still accounted for after that' };
  return { checks: [...before, ...judgeRebuild({ orders, seconds }), after], runs, excuse };
}

function judgeGrowthOfDisk(calibration: ObservedRun, soak: ObservedRun): readonly ProofCheck[] {
  const calibrated = calibration.report.ledger?.counts.accepted ?? 0;
  const orders = soak.report.ledger?.counts.accepted ?? 0;
  if (calibration.usage === undefined || soak.usage === undefined || calibrated === 0) {
    const check = { status: 'unknown', detail: 'nobody could read what disks hold' } as const;
    return [{ name: 'disks fill as predicted', found: '', check, restsOnSpeed: true }];
  }
  const { before, after } = calibration.usage;
  const grown = shareBytes(soak.usage.before.bytes, soak.usage.after.bytes, 1);
  return judgeDisk(
    shareBytes(before.bytes, after.bytes, calibrated),
    { streams: grown.streams, files: grown.streams + grown.brokersOther + grown.databases },
    orders,
  );
}
