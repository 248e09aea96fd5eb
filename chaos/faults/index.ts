import type { FaultKind, FaultRequests } from '../core/fault.ts';
import type { Sweep } from '../core/sweep.ts';
import { ackLostAfterCharge } from './broker/ack-lost-after-charge.ts';
import { contradiction } from './broker/contradiction.ts';
import { poison } from './broker/poison.ts';
import { publishAckLost } from './broker/publish-ack-lost.ts';
import { redelivery } from './broker/redelivery.ts';
import { stepDown } from './broker/step-down.ts';
import { streamFull } from './broker/stream-full.ts';
import { streamsSweep } from './broker/sweep.ts';
import { diskFaults } from './disk/index.ts';
import { disksSweep } from './disk/sweep.ts';
import { bandwidth } from './network/bandwidth.ts';
import { halfOpen } from './network/half-open.ts';
import { jitter } from './network/jitter.ts';
import { latency } from './network/latency.ts';
import { partition } from './network/partition.ts';
import { reset } from './network/reset.ts';
import { slicer } from './network/slicer.ts';
import { stall } from './network/stall.ts';
import { proxiesSweep } from './network/sweep.ts';
import { kill } from './process/kill.ts';
import { pause } from './process/pause.ts';
import { restartAs } from './process/restart-as.ts';
import { rollingRestart } from './process/rolling-restart.ts';
import { slowStart } from './process/slow-start.ts';
import { instancesSweep } from './process/sweep.ts';
import { chargeWithoutOrder } from './provider/charge-without-order.ts';
import { providerDeclines } from './provider/declines.ts';
import { providerErrors } from './provider/errors.ts';
import { providerLate } from './provider/late.ts';
import { providerLies } from './provider/lies.ts';
import { providerSlow } from './provider/slow.ts';
import { providerSweep } from './provider/sweep.ts';
import { resourceFaults } from './resources/index.ts';

/** Every kind of fault, by the word that experiments and journals use. */
export const faultKinds: { readonly [K in keyof FaultRequests]: FaultKind<FaultRequests[K]> } = {
  kill,
  pause,
  'slow-start': slowStart,
  'rolling-restart': rollingRestart,
  'restart-as': restartAs,
  'step-down': stepDown,
  'stream-full': streamFull,
  'publish-ack-lost': publishAckLost,
  'ack-lost-after-charge': ackLostAfterCharge,
  redelivery,
  poison,
  contradiction,
  latency,
  jitter,
  bandwidth,
  slicer,
  stall,
  'half-open': halfOpen,
  reset,
  partition,
  'provider-slow': providerSlow,
  'provider-late': providerLate,
  'provider-errors': providerErrors,
  'provider-declines': providerDeclines,
  'provider-lies': providerLies,
  'charge-without-order': chargeWithoutOrder,
  ...diskFaults,
  ...resourceFaults,
};

/** Everything that faults may leave disturbed. Proxies and disks first: others cannot be healed while those are broken. */
export const sweeps: readonly Sweep[] = [
  proxiesSweep,
  disksSweep,
  instancesSweep,
  providerSweep,
  streamsSweep,
];
