import { type RunReport, reportSchemaVersion } from './model.ts';

/** A file is no report that this version can read. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code = 'unreadable';
}

/**
 * Reads a report back that `renderJson` wrote. Only what tells a report from other JSON is looked at: a report of an older
 * version may lack what was added since.
 *
 * @param from where the text comes from, for the error
 * @throws ReportError
 */
export function parseReport(text: string, from: string): RunReport {
  const document = parseJson(text, from);
  const isReport =
    typeof document === 'object' && document !== null && 'runId' in document && 'decision' in document;
  if (!isReport) throw new ReportError(`${from} is no report of a run`);
  const { schemaVersion } = document as { readonly schemaVersion?: unknown };
  if (schemaVersion !== reportSchemaVersion) {
    throw new ReportError(`${from} has schema version ${schemaVersion}; expected ${reportSchemaVersion}`);
  }
  return document as unknown as RunReport;
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReportError(`${from} is no JSON (${(cause as Error).message})`, { cause });
  }
}
