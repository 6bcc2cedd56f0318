import type { CodecResult } from './codecs.ts'
import type { CostResult, PodResult, PresenceResult } from './costs.ts'
import type { KeyResult } from './keys.ts'
import type { WordResult } from './words.ts'

type Cell = string | number
export const table = (head: ReadonlyArray<string>, lines: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')

const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0))
const micros = (value: number) => value.toFixed(2)
const thousands = (value: number) => (value < 1000 ? String(value) : `${(value / 1000).toFixed(0)}k`)

export function keyCosts(results: ReadonlyArray<KeyResult>): string {
  return table(
    ['key', 'B/row', 'of it indexes', 'with text index', 'insert µs/row', 'one merge µs/row'],
    results.map(({ candidate, disk, cost, withText }) => [
      candidate.name,
      disk.bytesPerRow.toFixed(2),
      disk.indexBytesPerRow.toFixed(2),
      withText === undefined ? '' : withText.disk.bytesPerRow.toFixed(2),
      micros(cost.insertMicros),
      micros(cost.mergeMicros),
    ]),
  )
}

export function keyColumns(results: ReadonlyArray<KeyResult>): string {
  const names = [...results[0]!.columns].toSorted((a, b) => b[1] - a[1]).map(([name]) => name)
  return table(
    ['B/row', ...results.map(({ candidate }) => candidate.name)],
    names.map((name) => [name, ...results.map(({ columns }) => (columns.get(name) ?? 0).toFixed(2))]),
  )
}

/** One table a subject: a query and its indexes a line, a key a column: "median / p95 / cold ms, rows read, granules". */
export function keyQueries(results: ReadonlyArray<KeyResult>): string {
  const subjects = new Set(results.flatMap(({ queries }) => queries.map(({ subject }) => subject)))
  return [...subjects].map((subject) => subjectTable(results, subject)).join('\n\n')
}

function subjectTable(results: ReadonlyArray<KeyResult>, subject: string): string {
  const asked = results.filter(({ queries }) => queries.some((query) => query.subject === subject))
  const lines = new Map<string, string[]>()
  for (const { queries } of results)
    for (const { subject: of, query, indexes } of queries)
      if (of === subject) lines.set(`${query} [${indexes}]`, [])
  for (const { queries } of asked)
    for (const [line, cells] of lines) {
      const found = queries.find((q) => q.subject === subject && `${q.query} [${q.indexes}]` === line)
      cells.push(
        found === undefined
          ? ''
          : `${ms(found.medianMs)} / ${ms(found.p95Ms)} / ${ms(found.coldMs)}; cpu ${ms(found.cpuMs)}; ${thousands(found.rowsRead)} rows, ${(found.bytesRead / 1e6).toFixed(1)} MB; ${found.granules}; ${found.resultRows}`,
      )
    }
  const head = `### Tenant of ${subject}\n\nmedian / p95 / cold ms; CPU ms; rows and bytes read; granules by EXPLAIN; rows of the answer\n\n`
  return (
    head +
    table(
      ['query [indexes]', ...asked.map(({ candidate }) => candidate.name)],
      [...lines].map(([line, cells]) => [line, ...cells]),
    )
  )
}

export const indexCosts = (results: ReadonlyArray<CostResult>): string =>
  table(
    ['variant', 'insert µs/row', 'one merge µs/row', 'B/row', 'of it indexes'],
    results.map(({ variant, cost, disk }) => [
      variant,
      micros(cost.insertMicros),
      micros(cost.mergeMicros),
      disk.bytesPerRow.toFixed(2),
      disk.indexBytesPerRow.toFixed(2),
    ]),
  )

export const codecs = (results: ReadonlyArray<CodecResult>): string =>
  table(
    ['column', 'codec', 'B/row', 'write µs/row', 'read µs/row'],
    results.map(({ column, codec, bytesPerRow, writeMicros, readMicros }) => [
      column,
      codec,
      bytesPerRow.toFixed(3),
      writeMicros.toFixed(3),
      readMicros.toFixed(3),
    ]),
  )

export const pods = (results: ReadonlyArray<PodResult>): string =>
  table(
    ['Pod', 'distinct', 'B/row', 'insert µs/row', 'one merge µs/row', 'GROUP BY Pod ms', 'Pod = x ms'],
    results.map((r) => [
      r.type,
      r.pods,
      r.podBytesPerRow.toFixed(2),
      micros(r.cost.insertMicros),
      micros(r.cost.mergeMicros),
      ms(r.groupByMs),
      ms(r.equalsMs),
    ]),
  )

export const presence = (results: ReadonlyArray<PresenceResult>): string =>
  table(
    ['rows of the group', 'found', 'minmax(Seq): ms, rows read, granules', 'without'],
    results.map(({ rowsAsked, found, withMinmax, without }) => [
      rowsAsked,
      found,
      ...[withMinmax, without].map(
        (it) => `${ms(it.medianMs)} (cold ${ms(it.coldMs)}), ${thousands(it.rowsRead)}, ${it.granules}`,
      ),
    ]),
  )

export const words = (results: ReadonlyArray<WordResult>): string =>
  table(
    [
      'tenant',
      'predicate',
      'text index',
      'ms (p95, cold)',
      'CPU ms',
      'rows read',
      'granules',
      'rows of the answer',
    ],
    results.map((r) => [
      r.subject,
      r.predicate,
      r.index ? 'used' : 'ignored',
      `${ms(r.medianMs)} (${ms(r.p95Ms)}, ${ms(r.coldMs)})`,
      ms(r.cpuMs),
      thousands(r.rowsRead),
      r.granules,
      r.resultRows,
    ]),
  )
