import { z } from 'zod';
import { causes } from '../labels.ts';

/** The keys of annotations that hold what OpenSLO has no field for. */
export const annotationKeys = {
  runbook: 'stormproof/runbook',
  badEventsMin: 'stormproof/bad-events-min',
  consequenceOf: 'stormproof/consequence-of',
} as const;

/** The label that holds the owner. */
export const ownerLabel = 'owner';

/** What alerts ask for when a document does not say. */
const defaultBadEventsMin = 10;

const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected words of lower-case letters and digits, joined by hyphens');

const prometheusQuery = z.strictObject({
  metricSource: z.strictObject({
    type: z.literal('Prometheus').optional(),
    spec: z.strictObject({ query: z.string() }),
  }),
});

const objective = z
  .strictObject({
    displayName: z.string().optional(),
    target: z.number().optional(),
    targetPercent: z.number().optional(),
  })
  .transform(
    ({ target, targetPercent = Number.NaN }) => target ?? Number((targetPercent / 100).toPrecision(12)),
  )
  .refine((share) => share > 0 && share < 1, 'expected one target between 0 and 1 (or a targetPercent)');

/**
 * The part of an OpenSLO v1 document of kind SLO that means something here (OpenSLO, README.md, "SLO"): one objective,
 * counted by occurrences over a rolling window, and an inline ratio of two counters.
 */
export const sloDocument = z.strictObject({
  apiVersion: z.literal('openslo/v1'),
  kind: z.literal('SLO'),
  metadata: z.strictObject({
    name,
    displayName: z.string().min(1),
    labels: z.looseObject({ [ownerLabel]: z.string().min(1) }),
    annotations: z.looseObject({
      [annotationKeys.runbook]: z.string().min(1),
      [annotationKeys.badEventsMin]: z
        .string()
        .regex(/^\d+$/, 'expected a whole number, as text')
        .transform(Number)
        .default(defaultBadEventsMin),
      [annotationKeys.consequenceOf]: z
        .string()
        .transform((text) => text.split(',').filter((cause) => cause !== ''))
        .pipe(z.array(z.enum(causes)))
        .default([]),
    }),
  }),
  spec: z.strictObject({
    description: z.string().min(1).max(1_050),
    service: name,
    indicator: z.strictObject({
      metadata: z.strictObject({ name: z.string() }).optional(),
      spec: z.strictObject({
        ratioMetric: z.strictObject({
          counter: z.literal(true),
          good: prometheusQuery.optional(),
          bad: prometheusQuery.optional(),
          total: prometheusQuery,
        }),
      }),
    }),
    timeWindow: z.tuple([
      z.strictObject({
        duration: z
          .enum(['28d', '4w', '30d'])
          .transform((text) => (text === '30d' ? (30 as const) : (28 as const))),
        isRolling: z.literal(true),
      }),
    ]),
    budgetingMethod: z.literal('Occurrences'),
    objectives: z.tuple([objective]),
  }),
});

export type SloDocument = z.infer<typeof sloDocument>;
