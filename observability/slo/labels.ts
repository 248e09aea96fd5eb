/**
 * The labels that every alert carries besides those of its expression, and what Alertmanager does with them.
 *
 * - `severity`: `page` wakes somebody, `ticket` waits for the morning.
 * - `owner`: the team that is told.
 * - `slo`: the SLO whose budget burns; on alerts about SLOs only.
 * - `cause`: what is certainly broken while the alert fires; on alerts that name a cause only.
 * - `consequence_of`: the causes, joined by commas, each of which explains the alert away.
 */
export const alertLabels = {
  severity: 'severity',
  owner: 'owner',
  slo: 'slo',
  cause: 'cause',
  consequenceOf: 'consequence_of',
} as const;

export type Severity = 'page' | 'ticket';

/** What can be the cause of other alerts. */
export const causes = ['broker', 'quorum', 'provider', 'telemetry'] as const;
export type Cause = (typeof causes)[number];

export type Inhibition = {
  /** Alertmanager matchers of the alert that explains others away. */
  readonly sourceMatchers: readonly string[];
  /** Matchers of the alerts that are not sent meanwhile. */
  readonly targetMatchers: readonly string[];
  /** Labels that both must have in common. */
  readonly equal: readonly string[];
};

const isPage = `${alertLabels.severity}="page"`;
const isTicket = `${alertLabels.severity}="ticket"`;

/**
 * The inhibitions of Alertmanager: while the alert of a cause fires, its consequences are not sent, and while an SLO
 * pages, neither is its ticket. A ticket never silences a page, or customers would be hurt and nobody woken.
 */
export const inhibitions: readonly Inhibition[] = [
  ...causes.flatMap((cause) => {
    const source = `${alertLabels.cause}="${cause}"`;
    const target = `${alertLabels.consequenceOf}=~"(.*,)?${cause}(,.*)?"`;
    return [
      { sourceMatchers: [source, isPage], targetMatchers: [target], equal: [] },
      { sourceMatchers: [source, isTicket], targetMatchers: [target, isTicket], equal: [] },
    ];
  }),
  {
    sourceMatchers: [`${alertLabels.slo}=~".+"`, isPage],
    targetMatchers: [`${alertLabels.slo}=~".+"`, isTicket],
    equal: [alertLabels.slo],
  },
];
