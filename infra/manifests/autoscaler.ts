import type { MetricSpec } from 'kubernetes-types/autoscaling/v2.d.ts';
import { metrics, prometheusName } from '../../observability/index.ts';
import type { ServiceSpec } from '../../topology/model.ts';
import type { Stack } from '../stack.ts';
import { metadataOf } from './labels.ts';
import type { Manifest } from './manifest.ts';
import type { Owner } from './objects.ts';

/** Of the CPU that is requested: below it is room for the time that a new instance takes to be ready. */
const cpuPercent = 70;

/** Messages (groups of orders) that may wait for each instance of a consumer. */
const pendingPerInstance = '100';

/** Scales a service between its replicas and the most the stack allows; nothing where the stack names no most. */
export function autoscaler(
  stack: Stack,
  spec: ServiceSpec,
  owner: Owner,
  kind: Manifest['kind'],
): readonly Manifest[] {
  const maxReplicas = stack.config.replicasMax[spec.name] ?? 0;
  if (maxReplicas === 0) return [];
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadataOf(stack, { ...owner, name: spec.name }),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind, name: spec.name },
        minReplicas: spec.replicas.kubernetes,
        maxReplicas,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } },
          },
          ...(stack.config.scaleByLag ? lagMetrics(stack, spec) : []),
        ],
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0 },
          scaleDown: {
            stabilizationWindowSeconds: 300,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
  ];
}

/** How far the service is behind on each of its consumers. */
function lagMetrics(stack: Stack, spec: ServiceSpec): readonly MetricSpec[] {
  return stack.topology.consumers
    .filter((consumer) => consumer.service === spec.name)
    .map((consumer) => ({
      type: 'External',
      external: {
        metric: {
          name: prometheusName(metrics.consumerPending),
          selector: { matchLabels: { stream: consumer.stream, consumer: consumer.name } },
        },
        target: { type: 'AverageValue', averageValue: pendingPerInstance },
      },
    }));
}
