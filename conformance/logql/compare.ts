import type { Got, GotEntry, GotSeries } from './backend.ts'
import type { Expectation, ExpectedEntry, ExpectedSeries } from './script.ts'

const TOLERANCE = 1e-9

/** What was got as the lines that a script would expect; undefined if it is as expected. */
export function difference(
  expected: Expectation,
  got: Got,
): { expected: string[]; got: string[] } | undefined {
  const same = compare(expected, got)
  return same ? undefined : { expected: printExpected(expected), got: printGot(got) }
}

function compare(expected: Expectation, got: Got): boolean {
  switch (expected.kind) {
    case 'fail':
      return false
    case 'empty':
      return (
        (got.kind === 'series' && got.series.length === 0) ||
        (got.kind === 'entries' && got.entries.length === 0)
      )
    case 'scalar':
      return got.kind === 'scalar' && equal(expected.value, got.value)
    case 'series':
      return got.kind === 'series' && sameSeries(expected.series, got.series, expected.ordered)
    case 'entries':
      return got.kind === 'entries' && sameEntries(expected.entries, got.entries)
  }
}

function equal(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const apart = Math.abs(a - b)
  return apart <= TOLERANCE || apart / Math.max(Math.abs(a), Math.abs(b)) <= TOLERANCE
}

function sameSeries(
  expected: ReadonlyArray<ExpectedSeries>,
  got: ReadonlyArray<GotSeries>,
  ordered: boolean,
): boolean {
  if (expected.length !== got.length) return false
  const left = [...got]
  return expected.every((one, i) => {
    const at = ordered
      ? labelKey(left[i]!.labels) === labelKey(one.labels)
        ? i
        : -1
      : left.findIndex(({ labels }) => labelKey(labels) === labelKey(one.labels))
    if (at === -1) return false
    const { points } = ordered ? left[at]! : left.splice(at, 1)[0]!
    return points.length === one.points.length && points.every((point, j) => equal(one.points[j], point))
  })
}

/** Entries of one stream in their order; streams in any. */
function sameEntries(expected: ReadonlyArray<ExpectedEntry>, got: ReadonlyArray<GotEntry>): boolean {
  const wanted = byStream(expected.map((entry) => [entry.labels, printEntry(entry.labels, entry)]))
  const found = byStream(got.map((entry) => [entry.stream, printEntry(entry.stream, entry)]))
  return (
    wanted.size === found.size &&
    [...wanted].every(([stream, lines]) => lines.join('\n') === found.get(stream)?.join('\n'))
  )
}

function byStream(entries: Array<[ReadonlyMap<string, string>, string]>): Map<string, string[]> {
  const streams = new Map<string, string[]>()
  for (const [labels, line] of entries) {
    const key = labelKey(labels)
    streams.set(key, [...(streams.get(key) ?? []), line])
  }
  return streams
}

function labelKey(labels: ReadonlyMap<string, string>): string {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

function printEntry(
  labels: ReadonlyMap<string, string>,
  entry: Pick<ExpectedEntry, 'line' | 'timeNs' | 'metadata' | 'parsed'>,
): string {
  const clause = (word: string, pairs: ReadonlyMap<string, string>): string =>
    pairs.size === 0 ? '' : ` [${word} ${labelKey(pairs).slice(1, -1)}]`
  const line = JSON.stringify(entry.line)
  return `${labelKey(labels)} ${line} @ ${Number(entry.timeNs) / 1e9}s${clause('metadata', entry.metadata)}${clause('parsed', entry.parsed)}`
}

function printPoint(point: number | undefined): string {
  return point === undefined ? '_' : String(point).replace('Infinity', 'Inf')
}

function printExpected(expected: Expectation): string[] {
  switch (expected.kind) {
    case 'fail':
      return [`an error ${expected.message ?? expected.pattern ?? ''}`.trimEnd()]
    case 'empty':
      return ['nothing']
    case 'scalar':
      return [printPoint(expected.value)]
    case 'series':
      return expected.series.map(
        ({ labels, points }) => `${labelKey(labels)} ${points.map(printPoint).join(' ')}`,
      )
    case 'entries':
      return expected.entries.map((entry) => printEntry(entry.labels, entry))
  }
}

function printGot(got: Got): string[] {
  if (got.kind === 'scalar') return [printPoint(got.value)]
  const lines =
    got.kind === 'series'
      ? got.series.map(({ labels, points }) => `${labelKey(labels)} ${points.map(printPoint).join(' ')}`)
      : got.entries.map((entry) => printEntry(entry.stream, entry))
  return lines.length === 0 ? ['nothing'] : lines
}
