/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Interpolated = Markup | readonly Markup[] | string | number;

/** Makes HTML; whatever is put into it is escaped unless it is {@link Markup} itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(render)));
}

export const nothing = new Markup('');

function render(value: Interpolated): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
