/** Runs a part of a run whose failure must not end the run: the reason becomes a part of its result. */
export async function attempt<T>(part: () => Promise<T>, otherwise: (reason: string) => T): Promise<T> {
  try {
    return await part();
  } catch (error) {
    return otherwise(reasonOf(error));
  }
}

/** What an error says, for a report. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return `${error.message}: ${error.errors.map(reasonOf).join('; ')}`;
  }
  return error instanceof Error ? error.message : String(error);
}
