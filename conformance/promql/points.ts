import { combined } from '../../src/query/promql/histogram/arithmetic.ts'
import type { Histogram } from '../../src/query/promql/histogram/histogram.ts'
import type { LineReader } from '../support/text.ts'
import { parseFloatOf, parseHistogram } from './histogram-text.ts'
import type { LoadedSample, Point } from './script.ts'

export type Value = LoadedSample['value'] | undefined

const NUMBER = /[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[iI][nN][fF]|[nN][aA][nN])/
/** How much each point adds to the one before, as part of the word: `+10`, `-0.5`. */
const INCREMENT = /([-+](?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?=x)/

/** The values of a line: `1 2+3x2 _ _x3 stale {{schema:1 sum:3}}x2`; undefined is a gap. */
export function parsePoints(reader: LineReader): Value[] {
  const values: Value[] = []
  while (reader.rest !== '') {
    if (reader.take(/_(?![\w])/)) values.push(undefined)
    else if (reader.take(/_(?=x)/)) values.push(...repeated(undefined, times(reader)))
    else if (reader.take(/stale/)) {
      values.push('stale')
      if (reader.at(/x\d/)) values.push(...repeated<Value>('stale', times(reader)))
    } else if (reader.at(/\s*\{\{/)) values.push(...histograms(reader))
    else values.push(...numbers(reader))
  }
  return values
}

function times(reader: LineReader): number {
  return Number(reader.expect(/x(\d+)/, 'a count')[1])
}

function repeated<T>(value: T, count: number): T[] {
  return Array.from({ length: count }, () => value)
}

/** A number with a count stands once more than it says. */
function numbers(reader: LineReader): number[] {
  const base = parseFloatOf(reader.expect(NUMBER, 'a number')[0])
  const step = reader.at(INCREMENT) ? Number(reader.expect(INCREMENT, 'an increment')[1]) : 0
  if (!reader.at(/x\d/)) return [base]
  const count = times(reader)
  const values = [base]
  let value = base
  for (let i = 0; i < count; i++) {
    value += step
    values.push(value)
  }
  return values
}

function histograms(reader: LineReader): Histogram[] {
  const base = parseHistogram(reader)
  const sign = reader.take(/[-+](?=\{\{)/)?.[0]
  const step = sign === undefined ? undefined : parseHistogram(reader)
  if (!reader.at(/x\d/)) return [base]
  const count = times(reader)
  const values = [base]
  let value = base
  for (let i = 0; i < count; i++) {
    if (step !== undefined)
      value = { ...combined(value, step, sign === '-' ? -1 : 1).histogram, hint: base.hint }
    values.push(value)
  }
  return values
}

export function isHistogram(point: Point): point is Histogram {
  return typeof point === 'object'
}
