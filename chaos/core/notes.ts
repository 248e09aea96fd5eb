import type { Journal } from '../../verdict/index.ts';

/**
 * A journal for entries that nothing depends on. Only an injection insists on its entry: a full disk must not keep a
 * fault from being healed, nor a run from its report.
 */
export function createNotes(journal: Pick<Journal, 'append'>): Pick<Journal, 'append'> {
  return {
    append: (event) =>
      journal.append(event).catch(() => {
        // The journal then says less than happened; at worst the next start heals what is healed already.
      }),
  };
}
