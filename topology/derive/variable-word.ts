/** `broker-metrics` as a part of a variable's name. */
export function variableWord(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
