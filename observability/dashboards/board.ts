/** A dashboard as it is thought of: what is asked and how it is read, without Grafana's words for it. */
export type Board = {
  /** Kebab-case; the file, the dashboard's uid and its address in Grafana are this word. */
  readonly name: string;
  readonly title: string;
  /** The question that the board answers. */
  readonly description: string;
  readonly rows: readonly Row[];
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

export type Panel = {
  readonly title: string;
  /** What it shows, and what it looks like when something is wrong. */
  readonly description: string;
  /** `lines` over time, the `number` of now, or the `states` that each series went through, 1 being on. */
  readonly kind: 'lines' | 'number' | 'states';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Which numbers are shown in red; default none. */
  readonly alarm?: { readonly from: number } | { readonly below: number };
  /**
   * When every query has data: while `orders` settle, or while `k6` sends them, which tests show; or only in some `event` (a
   * fault, a window that has not passed yet).
   */
  readonly needs: 'orders' | 'k6' | 'event';
};

/** As Grafana calls them; a word of ours is put behind the number. */
export type Unit =
  | 'short'
  | 'orders/s'
  | 'requests/s'
  | 'messages'
  | 'messages/s'
  | 's'
  | 'bytes'
  | 'percentunit';

export type Query = {
  /** PromQL; `$__rate_interval` is Grafana's word for a range that holds enough samples. */
  readonly expr: string;
  /** The name of each series, with labels as `{{job}}`. */
  readonly legend: string;
};
