/**
 * The programs of a local platform, a file each: how it is called, what its configuration file says, where it tells
 * whether it is ready. Pure: a plan goes in, what to write and start comes out.
 */
import type { InstancePlan, PlanContext } from '../instance-plan.ts';
import { planAlertmanager } from './alertmanager.ts';
import { planCollector } from './collector.ts';
import { planDisks } from './disk.ts';
import { planJaeger } from './jaeger.ts';
import { planNats } from './nats.ts';
import { planPrometheus } from './prometheus.ts';
import { planServices } from './service.ts';
import { planToxiproxy } from './toxiproxy.ts';

/** Every instance of a local platform, backends first. */
export function planInstances(context: PlanContext): readonly InstancePlan[] {
  return [
    planDisks,
    planNats,
    planCollector,
    planJaeger,
    planPrometheus,
    planAlertmanager,
    planToxiproxy,
    planServices,
  ].flatMap((plan) => plan(context));
}
