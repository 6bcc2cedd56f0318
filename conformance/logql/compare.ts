import type { Got, GotEntry, GotSeries } from './backend.ts'
import type { Expectation, ExpectedEntry, ExpectedSeries, Tolerance } from './script.ts'

/** What was got as the lines that a script would expect; undefined if it is as expected. */
export function difference(
  expected: Expectation,
  got: Got,
  tolerance: Tolerance,
): { expected: string[]; got: string[] } | undefined {
  const same = compare(expected, got, tolerance)
  return same ? undefined : { expected: printExpected(expected), got: printGot(got) }
}

function compare(expected: Expectation, got: Got, tolerance: Tolerance): boolean {
  switch (expected.kind) {
    case 'fail':
      return false
    case 'empty':
      return (
        (got.kind === 'series' && got.series.length === 0) ||
        (got.kind === 'entries' && got.entries.length === 0)
      )
    case 'scalar':
      return got.kind === 'scalar' && equal(expected.value, got.value, tolerance)
    case 'series':
      return got.kind === 'series' && sameSeries(expected, got.series, tolerance)
    case 'entries':
      return got.kind === 'entries' && sameEntries(expected.entries, got.entries)
  }
}

function equal(a: number | undefined, b: number | undefined, tolerance: Tolerance): boolean {
  if (a === undefined || b === undefined) return a === b
  if (tolerance === undefined) return true
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const apart = Math.abs(a - b)
  return apart <= tolerance || apart / Math.max(Math.abs(a), Math.abs(b)) <= tolerance
}

function sameSeries(
  {
    series: expected,
    ordered,
  }: { readonly series: ReadonlyArray<ExpectedSeries>; readonly ordered: boolean },
  got: ReadonlyArray<GotSeries>,
  tolerance: Tolerance,
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
    return (
      points.length === one.points.length &&
      points.every((point, j) => equal(one.points[j], point, tolerance))
    )
  })
}

/**
 * Entries of one stream in their order; streams in any. Labels of all origins make a stream, unless the script says which
 * are of the metadata and which were parsed.
 */
function sameEntries(expected: ReadonlyArray<ExpectedEntry>, got: ReadonlyArray<GotEntry>): boolean {
  const apart = expected.some(({ metadata, parsed }) => metadata !== undefined || parsed !== undefined)
  const wanted = byStream(expected.map((entry) => [entry.labels, printEntry(entry)]))
  const found = byStream(
    got.map(apart ? expectedOf : merged).map((entry) => [entry.labels, printEntry(entry)]),
  )
  return (
    wanted.size === found.size &&
    [...wanted].every(([stream, lines]) => lines.join('\n') === found.get(stream)?.join('\n'))
  )
}

function expectedOf({ stream, ...entry }: GotEntry): ExpectedEntry {
  return { ...entry, labels: stream }
}

function merged({ timeNs, line, stream, metadata, parsed }: GotEntry): ExpectedEntry {
  const labels = new Map([...stream, ...metadata, ...parsed])
  return { timeNs, line, labels, metadata: undefined, parsed: undefined }
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

function printEntry(entry: ExpectedEntry): string {
  const clause = (word: string, pairs: ReadonlyMap<string, string> | undefined): string =>
    pairs === undefined || pairs.size === 0 ? '' : ` [${word} ${labelKey(pairs).slice(1, -1)}]`
  const line = JSON.stringify(entry.line)
  return `${labelKey(entry.labels)} ${line} @ ${Number(entry.timeNs) / 1e9}s${clause('metadata', entry.metadata)}${clause('parsed', entry.parsed)}`
}

function printPoint(point: number | undefined): string {
  return point === undefined ? '_' : String(point).replace('Infinity', 'Inf')
}

function printExpected(expected: Expectation): string[] {
  switch (expected.kind) {
    case 'fail':
      return [`an error ${expected.message ?? expected.pattern?.text ?? ''}`.trimEnd()]
    case 'empty':
      return ['nothing']
    case 'scalar':
      return [printPoint(expected.value)]
    case 'series':
      return expected.series.map(
        ({ labels, points }) => `${labelKey(labels)} ${points.map(printPoint).join(' ')}`,
      )
    case 'entries':
      return expected.entries.map(printEntry)
  }
}

function printGot(got: Got): string[] {
  if (got.kind === 'scalar') return [printPoint(got.value)]
  const lines =
    got.kind === 'series'
      ? got.series.map(({ labels, points }) => `${labelKey(labels)} ${points.map(printPoint).join(' ')}`)
      : got.entries.map((entry) => printEntry(expectedOf(entry)))
  return lines.length === 0 ? ['nothing'] : lines
}
