/** A number by which a fault or an experiment is tuned. */
export type Parameter = {
  /** `ms`, `KiB/s`, `share`, ...: what one of it is. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** Taken when nothing is given; a parameter without one must be given. */
  readonly default?: number;
  /** What it does, in a few words. */
  readonly meaning: string;
};

export type Parameters = Readonly<Record<string, Parameter>>;

/** One number for each parameter. */
export type ParameterValues<P extends Parameters = Parameters> = { readonly [Name in keyof P]: number };

/**
 * What is wrong with the values that were given, every key of them: `latencyMs: found 0, expected 1 to 60000 ms`.
 * Empty when {@link fillParameters} may be called. Whole numbers are not asked for: a share has none.
 */
export function parameterProblems(
  parameters: Parameters,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(parameters, key));
  return [
    ...unknown.map((key) => `${key}: there is no such parameter; expected ${listOf(parameters)}`),
    ...Object.entries(parameters).flatMap(([key, parameter]) => {
      const value = given[key] ?? parameter.default;
      const isInRange = typeof value === 'number' && value >= parameter.min && value <= parameter.max;
      if (isInRange) return [];
      const found = value === undefined ? 'nothing' : String(value);
      return [`${key}: found ${found}, expected ${renderRange(parameter)}`];
    }),
  ];
}

/** The given values, and the defaults of the others. */
export function fillParameters<P extends Parameters>(
  parameters: P,
  given: Readonly<Record<string, unknown>>,
): ParameterValues<P> {
  const values = Object.entries(parameters).map(([key, parameter]) => [key, given[key] ?? parameter.default]);
  return Object.fromEntries(values) as ParameterValues<P>;
}

/** `1 to 60000 ms`. */
export function renderRange({ min, max, unit }: Parameter): string {
  return `${min} to ${max} ${unit}`;
}

function listOf(parameters: Parameters): string {
  const names = Object.keys(parameters);
  return names.length === 0 ? 'none' : names.join(', ');
}
