import { parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import type { Slo } from '../model.ts';
import { OpenSloError } from './errors.ts';
import { annotationKeys, ownerLabel, sloDocument } from './schema.ts';
import { parseRatioMetric } from './sli.ts';

/**
 * Reads SLOs from OpenSLO v1 documents of kind SLO, one or more in a file. Their queries must be such that the registry
 * knows what they count: bad events of a counter by an attribute, or good events as a histogram's bucket.
 *
 * @throws OpenSloError with every problem of every document
 */
export function parseOpenSlo(text: string): readonly Slo[] {
  const problems: string[] = [];
  const slos: Slo[] = [];
  const documents = parseAllDocuments(text);
  if (documents.length === 0) problems.push('found nothing; expected a document of kind SLO');
  for (const [index, document] of documents.entries()) {
    const at = documents.length === 1 ? '' : `document ${index + 1}: `;
    const broken = document.errors.map(({ message }) => message.split('\n', 1)[0] ?? message);
    const result = broken.length > 0 ? broken : toSlo(document.toJS());
    if ('name' in result) slos.push(result);
    else problems.push(...result.map((problem) => at + problem));
  }
  const names = slos.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  problems.push(...repeated.map((name) => `metadata.name: found ${name} twice; expected a name for each`));
  if (problems.length > 0) throw new OpenSloError(problems);
  return slos;
}

/** An SLO, or the problems that keep the document from being one. */
function toSlo(value: unknown): Slo | readonly string[] {
  const parsed = sloDocument.safeParse(value);
  if (!parsed.success) return parsed.error.issues.flatMap((issue) => describe(issue, value));
  const { metadata, spec } = parsed.data;
  const sli = parseRatioMetric(spec.indicator.spec.ratioMetric, spec.service);
  if (!('kind' in sli)) return sli.map((problem) => `spec.indicator.spec.ratioMetric${problem}`);
  return {
    name: metadata.name,
    title: metadata.displayName,
    description: spec.description,
    objective: spec.objectives[0],
    windowDays: spec.timeWindow[0].duration,
    owner: metadata.labels[ownerLabel],
    runbook: metadata.annotations[annotationKeys.runbook],
    sli,
    badEventsMin: metadata.annotations[annotationKeys.badEventsMin],
    consequenceOf: metadata.annotations[annotationKeys.consequenceOf],
  };
}

function describe(issue: z.core.$ZodIssue, value: unknown): readonly string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...path, key].join('.')}: there is no such key here`);
  }
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  return [`${where}found ${JSON.stringify(found) ?? 'nothing'}; ${issue.message}`];
}
