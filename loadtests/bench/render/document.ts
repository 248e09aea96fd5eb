/** What a page or a terminal shows, before either decides how. */
export type Document = { readonly title: string; readonly sections: readonly Section[] };

export type Section = {
  readonly title: string;
  /** Paragraphs above the table; the first words of each are no markup. */
  readonly text: readonly string[];
  readonly table?: Table;
};

export type Table = {
  readonly head: readonly string[];
  /** One letter a column: `l` left, `r` right. */
  readonly aligns: string;
  readonly rows: readonly (readonly string[])[];
};
