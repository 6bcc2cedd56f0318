import type { Labels } from './logql/record.ts'

/** JSON of a set of labels, in the order of their names: the same text for the same labels. */
export function labelsJson(labels: Labels): string {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
}
