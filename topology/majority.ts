/** How many of so many replicas must hear each other to decide anything: more than half. */
export function majorityOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
