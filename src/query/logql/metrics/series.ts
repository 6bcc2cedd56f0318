import type { Labels } from '../record.ts'

/** One time series: its labels in the order of their names, and a text that only equal labels have. */
export type Series = { readonly labels: Labels; readonly key: string }

export const NO_SERIES: Series = { labels: new Map(), key: '' }

export function seriesOf(labels: Iterable<readonly [string, string]>): Series {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  let key = ''
  for (const [name, value] of pairs) key += keyPart(name, value)
  return { labels: new Map(pairs), key }
}

/** Keys are made of these, in the order of the names. */
export function keyPart(name: string, value: string): string {
  return `${name}\u0000${value}\u0001`
}

/** The series with some of the labels: those that are listed, or all but those. */
export function projected({ labels }: Series, names: ReadonlySet<string>, without: boolean): Series {
  return seriesOf([...labels].filter(([name]) => names.has(name) !== without))
}

export type Sample = { readonly series: Series; readonly value: number }
export type Vector = ReadonlyArray<Sample>

/** What remembers something per series of a query; bounded, since a long range can see any number of them. */
export class SeriesMemo<T> {
  readonly #made = new Map<string, T>()
  readonly #make: (series: Series) => T

  constructor(make: (series: Series) => T) {
    this.#make = make
  }

  get(series: Series): T {
    let made = this.#made.get(series.key)
    if (made === undefined) {
      if (this.#made.size >= MEMO_MAX) this.#made.clear()
      made = this.#make(series)
      this.#made.set(series.key, made)
    }
    return made
  }
}

const MEMO_MAX = 100_000

/** `{app="a", level="info"}`, for messages. */
export function printLabels(labels: Labels): string {
  return `{${[...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

export function bySeries(a: { readonly series: Series }, b: { readonly series: Series }): number {
  return a.series.key < b.series.key ? -1 : a.series.key > b.series.key ? 1 : 0
}
