import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../verdicts.ts';
import { stormReport } from '../fixtures/storm.ts';
import { readChartLibrary } from './chart-library.ts';
import { renderHtml } from './page.ts';

/** Stands for the library in the golden page, which is about what a report says. */
const library = { script: '/* the chart library and draw.js */', style: '/* its style */' };
const decision: Decision = {
  verdict: 'FAIL',
  reasons: [{ verdict: 'FAIL', code: 'lost', text: 'lost: 1. <script>alert("x")</script> & more' }],
};

describe('renderHtml', () => {
  it('says everything about a storm', async () => {
    await expect(renderHtml(stormReport(decision), library)).toMatchFileSnapshot('../golden/storm.html');
  });

  it('escapes what comes from elsewhere', () => {
    const page = renderHtml(stormReport(decision), library);
    expect(page).toContain('&#60;script&#62;alert(&#34;x&#34;)');
    expect(page).not.toContain('<script>alert');
  });

  it('keeps text of the figures within the element that they stand in', () => {
    const report = stormReport(decision);
    const [fault] = report.faults;
    if (fault === undefined) throw new Error('the fixture has faults');
    const page = renderHtml({ ...report, faults: [{ ...fault, target: '</script><b>' }] }, library);
    expect(page).not.toContain('</script><b>');
    expect(page).toContain('kill \\u003c/script>\\u003cb>');
  });

  it('asks for nothing beside itself, and allows its one script only', async () => {
    const page = renderHtml(stormReport(decision), library);
    expect(page).not.toMatch(/\s(src|href)=|url\(|@import|<(link|img|iframe)/);
    const digest = createHash('sha256').update(library.script).digest('base64');
    expect(page).toContain(`script-src 'sha256-${digest}'`);
    const real = await readChartLibrary();
    expect(real.script).not.toMatch(/<[/!]/);
    expect(real.style).not.toMatch(/<|url\(|@import/);
  });

  it('does not paint red what the next step overtook', () => {
    const report = stormReport({ verdict: 'PASS', reasons: [] });
    const recoveries = report.recoveries?.map((recovery) => ({ ...recovery, isOvertaken: true as const }));
    const page = renderHtml({ ...report, recoveries: recoveries ?? [] }, library);
    expect(page).toContain('<span class="soft">the next step came first</span>');
    expect(page).not.toContain('<span class="bad">not seen</span>');
  });

  it('has no script without plots', () => {
    const {
      residue: _residue,
      series: _series,
      ...report
    } = stormReport({
      verdict: 'INCONCLUSIVE',
      reasons: [],
    });
    const bare = { load: undefined, ledger: undefined, faults: [], recoveries: [], costs: [], links: [] };
    const page = renderHtml({ ...report, ...bare }, library);
    expect(page).toContain('<span class="badge">INCONCLUSIVE</span>');
    expect(page).not.toMatch(/<script|script-src|class="plots"/);
  });
});
