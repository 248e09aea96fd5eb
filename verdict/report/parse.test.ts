import { expect, it } from 'vitest';
import { stormReport } from './fixtures/storm.ts';
import { renderJson } from './json.ts';
import { parseReport } from './parse.ts';

const report = stormReport({ verdict: 'PASS', reasons: [] });

it('reads back what was written', () => {
  const read = parseReport(renderJson(report), 'report.json');
  expect(read).toMatchObject(JSON.parse(JSON.stringify(report)));
});

it.each([
  ['{"runId":', 'report.json is no JSON'],
  ['[]', 'report.json is no report of a run'],
  ['null', 'report.json is no report of a run'],
  [renderJson(report).replace('"schemaVersion": 1', '"schemaVersion": 2'), 'schema version 2; expected 1'],
])('refuses %.20s', (text, problem) => {
  expect(() => parseReport(text, 'report.json')).toThrow(problem);
});
