import { inWindow, newest, type Series, WINDOW_FUNCTIONS } from '../../query/promql/reference.ts'
import { RATE_MS } from './clock.ts'
import type { Labels, Row } from './metrics.ts'

/** What panels show, computed from the samples with nothing but plain loops. */

const LOOKBACK_MS = 300_000

export type Where = (labels: Labels) => boolean
export const everything: Where = () => true

const named = (all: ReadonlyArray<Series>, name: string, where: Where): Series[] =>
  all.filter(({ labels }) => labels.__name__ === name && where(labels))

/** The newest sample of each series. */
export function latest(all: ReadonlyArray<Series>, name: string, t: number, where = everything): Row[] {
  return named(all, name, where).flatMap((series) => {
    const value = newest(series, t, LOOKBACK_MS)
    return value === undefined ? [] : [{ labels: series.labels, value }]
  })
}

function windowed(
  all: ReadonlyArray<Series>,
  { name, t, ms, where = everything }: { name: string; t: number; ms: number; where?: Where | undefined },
  of: string,
): Row[] {
  return named(all, name, where).flatMap(({ labels, ...series }) => {
    const value = WINDOW_FUNCTIONS[of]!(inWindow({ labels, ...series }, t - ms, t), t - ms, t)
    return value === undefined ? [] : [{ labels, value }]
  })
}

export const rates = (all: ReadonlyArray<Series>, name: string, t: number, where?: Where): Row[] =>
  windowed(all, { name, t, ms: RATE_MS, where }, 'rate')

export const increases = (
  all: ReadonlyArray<Series>,
  name: string,
  { t, ms, where }: { t: number; ms: number; where?: Where },
): Row[] => windowed(all, { name, t, ms, where }, 'increase')

const keyOf = (labels: Labels, by: ReadonlyArray<string>): string =>
  JSON.stringify(by.map((name) => labels[name] ?? ''))

/** Rows with the same values of `by`, with no other labels. A label that is not there is not shown. */
export function grouped(
  rows: ReadonlyArray<Row>,
  by: ReadonlyArray<string>,
  of: (values: ReadonlyArray<number>) => number,
): Row[] {
  return Object.values(Object.groupBy(rows, ({ labels }) => keyOf(labels, by))).map((group) => ({
    labels: Object.fromEntries(
      by.flatMap((name) => (group![0]!.labels[name] ? [[name, group![0]!.labels[name]!]] : [])),
    ),
    value: of(group!.map(({ value }) => value)),
  }))
}

const total = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
export const sumBy = (rows: ReadonlyArray<Row>, ...by: string[]): Row[] => grouped(rows, by, total)
export const countBy = (rows: ReadonlyArray<Row>, ...by: string[]): Row[] =>
  grouped(rows, by, (values) => values.length)
export const maxBy = (rows: ReadonlyArray<Row>, ...by: string[]): Row[] =>
  grouped(rows, by, (values) => Math.max(...values))
export const minBy = (rows: ReadonlyArray<Row>, ...by: string[]): Row[] =>
  grouped(rows, by, (values) => Math.min(...values))

/** Rows of both sides with equal labels. */
export function both(
  left: ReadonlyArray<Row>,
  right: ReadonlyArray<Row>,
  of: (a: number, b: number) => number,
): Row[] {
  const key = ({ labels }: Row): string => JSON.stringify(Object.entries(labels).toSorted())
  const others = new Map(right.map((row) => [key(row), row.value]))
  return left.flatMap((row) => {
    const other = others.get(key(row))
    return other === undefined ? [] : [{ labels: row.labels, value: of(row.value, other) }]
  })
}
export const divided = (left: ReadonlyArray<Row>, right: ReadonlyArray<Row>): Row[] =>
  both(left, right, (a, b) => a / b)

/**
 * Prometheus' quantile of cumulative buckets: the bucket that holds the rank, and between its bounds by the share of it. Of
 * the last bucket its lower bound; of the first from zero.
 */
export function quantileBy(q: number, buckets: ReadonlyArray<Row>, ...by: string[]): Row[] {
  const summed = sumBy(buckets, ...by, 'le')
  return Object.values(Object.groupBy(summed, ({ labels }) => keyOf(labels, by))).map((group) => {
    const sorted = group!
      .map(({ labels, value }) => ({
        bound: labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le),
        value,
      }))
      .toSorted((a, b) => a.bound - b.bound)
    const rest = Object.fromEntries(Object.entries(group![0]!.labels).filter(([name]) => name !== 'le'))
    return { labels: rest, value: quantile(q, sorted) }
  })
}

function quantile(q: number, buckets: ReadonlyArray<{ bound: number; value: number }>): number {
  const all = buckets.at(-1)!.value
  if (all === 0) return Number.NaN
  const rank = q * all
  const at = buckets.findIndex(({ value }) => value >= rank)
  if (at === buckets.length - 1) return buckets.at(-2)!.bound
  const from = at === 0 ? 0 : buckets[at - 1]!.bound
  const before = at === 0 ? 0 : buckets[at - 1]!.value
  const inside = buckets[at]!.value - before
  return from + (buckets[at]!.bound - from) * ((rank - before) / inside)
}
