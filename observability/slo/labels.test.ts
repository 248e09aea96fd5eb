import { describe, expect, it } from 'vitest';
import { alertLabels, causes, inhibitions } from './labels.ts';
import { alertsOf } from './rules/render.ts';
import { toRule } from './rules/rule.ts';
import { timingOf } from './rules/timing.ts';

type Labels = Readonly<Record<string, string>>;

const timing = timingOf(1);
const alerts: readonly Labels[] = alertsOf({}, timing).map((alert) => {
  const { alert: name, labels } = toRule(alert, timing);
  return { ...labels, alertname: name };
});

/** Whether Alertmanager would take all matchers for met; it anchors expressions. */
function isMet(matchers: readonly string[], labels: Labels): boolean {
  return matchers.every((text) => {
    const [, label = '', operator, value = ''] = /^(\w+)(=~?)"(.*)"$/.exec(text) ?? [];
    const found = labels[label] ?? '';
    return operator === '=' ? found === value : new RegExp(`^(?:${value})$`).test(found);
  });
}

/** The alerts that are not sent while one fires. */
function silencedBy(source: Labels): readonly Labels[] {
  const rules = inhibitions.filter(({ sourceMatchers }) => isMet(sourceMatchers, source));
  return alerts.filter((target) =>
    rules.some(
      ({ targetMatchers, equal }) =>
        isMet(targetMatchers, target) && equal.every((label) => target[label] === source[label]),
    ),
  );
}

const named = (name: string): Labels => {
  const alert = alerts.find(({ alertname }) => alertname === name);
  if (alert === undefined) throw new Error(`no alert ${name}`);
  return alert;
};
const names = (all: readonly Labels[]) => all.map(({ alertname, severity }) => `${alertname} ${severity}`);

describe('the inhibitions', () => {
  it('keep the consequences of lost brokers quiet', () => {
    const silenced = names(silencedBy(named('BrokerQuorumLost')));
    expect(silenced).toContain('AcceptanceAvailabilityBudgetBurn page');
    expect(silenced).toContain('BrokerDown ticket');
    expect(silenced).not.toContain('BreakerOpen page');
    expect(silenced).not.toContain('LedgerViolation page');
  });

  it("keep an SLO's ticket quiet while it pages, and no other's", () => {
    expect(names(silencedBy(named('SettlementBudgetBurn')))).toEqual(['SettlementBudgetBurn ticket']);
  });

  it('never keep a page quiet for a ticket', () => {
    for (const source of alerts.filter((alert) => alert[alertLabels.severity] === 'ticket')) {
      expect(names(silencedBy(source)).filter((name) => name.endsWith('page'))).toEqual([]);
    }
  });

  it('have an alert for every cause', () => {
    expect(causes.filter((cause) => alerts.every((alert) => alert[alertLabels.cause] !== cause))).toEqual([]);
  });
});
