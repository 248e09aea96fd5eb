/** Deliberately wrong parts, to show that the audit catches them. */
export const sabotages: Readonly<Record<string, { readonly service: string; readonly main: string }>> = {};
