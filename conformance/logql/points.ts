import type { ExpectedPoint } from './script.ts'

const NUMBER = String.raw`[-+]?(?:NaN|Inf|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)`
const SERIES = new RegExp(`^(${NUMBER}|_)(?:([-+]\\d+\\.?\\d*(?:[eE][-+]?\\d+)?))?x(\\d+)$`)
const PLAIN = new RegExp(`^${NUMBER}$`)

/** The points of one word: `6`, `_`, `NaN`, `2+3x2` (2 5 8), `_x3`. Undefined if it is none. */
export function parsePoints(word: string): ExpectedPoint[] | undefined {
  if (word === '_') return [undefined]
  if (PLAIN.test(word)) return [parseNumber(word)]
  const series = SERIES.exec(word)
  if (series === null) return undefined
  const [, base, step, count] = series
  // Of gaps, as many as are written; of numbers, one more.
  if (base === '_') return Array.from({ length: Number(count) }, () => undefined)
  return Array.from({ length: Number(count) + 1 }, (_, i) => parseNumber(base!) + Number(step ?? 0) * i)
}

export function parseNumber(word: string): number {
  return Number(word.replace(/Inf$/, 'Infinity'))
}
