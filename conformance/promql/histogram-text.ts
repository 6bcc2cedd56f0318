import {
  type Buckets,
  CUSTOM_SCHEMA,
  type Histogram,
  type ResetHint,
} from '../../src/query/promql/histogram/histogram.ts'
import type { LineReader } from '../support/text.ts'

const HINTS: ReadonlyMap<string, ResetHint> = new Map([
  ['unknown', 'unknown'],
  ['reset', 'reset'],
  ['not_reset', 'none'],
  ['gauge', 'gauge'],
])

/** `{{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5]}}` */
export function parseHistogram(reader: LineReader): Histogram {
  reader.expect(/\{\{/, 'a histogram')
  const numbers = new Map<string, number>()
  const lists = new Map<string, number[]>()
  let hint: ResetHint = 'unknown'
  while (!reader.take(/\}\}/)) {
    const key = reader.expect(/[a-z_]+/, 'a field of a histogram')[0]
    reader.expect(/:/, ':')
    if (key === 'counter_reset_hint') {
      hint = HINTS.get(reader.expect(/[a-z_]+/, 'a hint')[0]) ?? reader.fail('a wrong hint')
    } else if (reader.take(/\[/)) {
      const list: number[] = []
      while (!reader.take(/\]/)) list.push(parseFloatOf(reader.expect(/[^\s\]]+/, 'a number')[0]))
      lists.set(key, list)
    } else numbers.set(key, parseFloatOf(reader.expect(/[^\s}]+/, 'a number')[0]))
  }
  return histogramOf(numbers, lists, hint)
}

export function parseFloatOf(word: string): number {
  return Number(word.replace(/[iI]nf$/, 'Infinity').replace(/^nan$/i, 'NaN'))
}

function histogramOf(
  numbers: ReadonlyMap<string, number>,
  lists: ReadonlyMap<string, number[]>,
  hint: ResetHint,
): Histogram {
  const schema = numbers.get('schema') ?? 0
  const buckets = (counts: string, offset: string): Buckets => ({
    offset: numbers.get(offset) ?? 0,
    counts: Float64Array.from(lists.get(counts) ?? []),
  })
  return {
    schema,
    count: numbers.get('count') ?? 0,
    sum: numbers.get('sum') ?? 0,
    zeroThreshold: numbers.get('z_bucket_w') ?? 0,
    zeroCount: numbers.get('z_bucket') ?? 0,
    positive: buckets('buckets', 'offset'),
    negative: buckets('n_buckets', 'n_offset'),
    customBounds: schema === CUSTOM_SCHEMA ? (lists.get('custom_values') ?? []) : undefined,
    hint,
  }
}
