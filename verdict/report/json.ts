import type { RunReport } from './model.ts';
import { reportSchemaVersion } from './model.ts';

/**
 * The report as JSON for programs: `{"schemaVersion":1,"verdict":"PASS",...}`, then the fields of {@link RunReport} as
 * they are. What is undefined there is absent here.
 *
 * @returns indented text that ends in a line feed
 */
export function renderJson(report: RunReport): string {
  const document = { schemaVersion: reportSchemaVersion, verdict: report.decision.verdict, ...report };
  return `${JSON.stringify(document, null, 2)}\n`;
}
