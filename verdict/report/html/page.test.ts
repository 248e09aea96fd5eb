import { describe, expect, it } from 'vitest';
import type { Decision } from '../../verdicts.ts';
import { stormReport } from '../fixtures/storm.ts';
import { renderHtml } from './page.ts';

const decision: Decision = {
  verdict: 'FAIL',
  reasons: [{ verdict: 'FAIL', code: 'lost', text: 'lost: 1. <script>alert("x")</script> & more' }],
};

describe('renderHtml', () => {
  it('says everything about a storm', async () => {
    await expect(renderHtml(stormReport(decision))).toMatchFileSnapshot('../golden/storm.html');
  });

  it('escapes what comes from elsewhere', () => {
    const page = renderHtml(stormReport(decision));
    expect(page).toContain('&#60;script&#62;alert(&#34;x&#34;)');
    expect(page).not.toContain('<script');
  });

  it('asks for nothing beside itself', () => {
    expect(renderHtml(stormReport(decision))).not.toMatch(
      /\s(src|href)=|url\(|@import|<(link|img|script|iframe)/,
    );
  });

  it('renders a run without load, ledger and faults', () => {
    const { residue: _residue, ...report } = stormReport({ verdict: 'INCONCLUSIVE', reasons: [] });
    const page = renderHtml({
      ...report,
      load: undefined,
      ledger: undefined,
      faults: [],
      costs: [],
      links: [],
    });
    expect(page).toContain('<span class="badge">INCONCLUSIVE</span>');
    expect(page).not.toContain('<svg');
  });

  it('draws a run whose every order failed, and one of a single second', () => {
    const report = stormReport(decision);
    if (report.load === undefined) throw new Error('the fixture has a load');
    const none = { fromUs: 0, orders: 5, accepted: 0, failedAnswers: 5, final: undefined };
    const latency = { ...report.load.latency, timeline: { sliceUs: 1_000_000, slices: [none] } };
    const manifest = { ...report.load.manifest, durationSeconds: 1 };
    expect(renderHtml({ ...report, load: { manifest, latency } })).not.toMatch(/NaN|Infinity|undefined/);
  });
});
