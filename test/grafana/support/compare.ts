import type { Answer, Line, Trace } from './ask.ts'
import { END_MS, START_MS, STEP_MS } from './clock.ts'
import { type Expected, streamOf } from './expectation.ts'
import type { Labels, Row } from './metrics.ts'
import type { WorldLog } from './world.ts'

/** Sentences on what of an answer is not as expected; none if all is. Every number and label is compared. */

const TOLERANCE = 1e-9
const SHOWN_MAX = 5

const keyOf = (labels: Labels): string =>
  `{${Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`

function equal(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
}

function rowDifferences(got: ReadonlyArray<Row>, expected: ReadonlyArray<Row>, when: string): string[] {
  const gotByKey = new Map(got.map(({ labels, value }) => [keyOf(labels), value]))
  const wanted = new Map(expected.map(({ labels, value }) => [keyOf(labels), value]))
  if (gotByKey.size !== got.length) return [`${when}: labels stand twice`]
  const wrong = [...wanted].flatMap(([key, value]) => {
    const other = gotByKey.get(key)
    if (other === undefined) return [`${when}: ${key} ${value} is missing`]
    return equal(other, value) ? [] : [`${when}: ${key} is ${other}, not ${value}`]
  })
  const more = [...gotByKey.keys()].filter((key) => !wanted.has(key))
  return [...wrong, ...more.map((key) => `${when}: ${key} ${gotByKey.get(key)} is too much`)]
}

function seriesDifferences(
  answer: Answer & { kind: 'series' },
  at: (t: number) => ReadonlyArray<Row>,
): string[] {
  const byTime = new Map<number, Row[]>()
  for (const { labels, points } of answer.series)
    for (const { timeMs, value } of points) {
      const rows = byTime.get(timeMs) ?? []
      rows.push({ labels, value })
      byTime.set(timeMs, rows)
    }
  const differences: string[] = []
  for (let t = START_MS; t <= END_MS; t += STEP_MS) {
    differences.push(...rowDifferences(byTime.get(t) ?? [], at(t), new Date(t).toISOString()))
    byTime.delete(t)
  }
  return [...differences, ...[...byTime.keys()].map((t) => `a point at ${t}, which is no step`)]
}

function lineDifferences(lines: ReadonlyArray<Line>, expected: ReadonlyArray<WorldLog>): string[] {
  const text = (time: string, line: string, stream: Labels, metadata: Labels): string =>
    `${time} ${line} ${stream.service_name} ${stream.k8s_pod_name} ${metadata.detected_level} ${metadata.trace_id ?? ''}`
  const got = lines
    .toSorted((a, b) => (BigInt(a.time) < BigInt(b.time) ? 1 : -1))
    .map(({ time, line, stream, metadata }) => text(time, line, stream, { ...stream, ...metadata }))
  const wanted = expected.map((log) => {
    const metadata = {
      detected_level: log.level,
      ...(log.traceId === undefined ? {} : { trace_id: log.traceId }),
    }
    return text(`${log.timeMs}000000`, log.body, streamOf(log), metadata)
  })
  if (got.length !== wanted.length) return [`${got.length} lines, not ${wanted.length}`]
  return wanted.flatMap((line, i) => (got[i] === line ? [] : [`line ${i}: ${got[i]}, not ${line}`]))
}

const traceText = ({
  traceID,
  rootServiceName,
  rootTraceName,
  startTimeUnixNano,
  durationMs,
}: Trace): string => [traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs].join(' ')

export function differences(answer: Answer, expected: Expected): string[] {
  return all(answer, expected).slice(0, SHOWN_MAX)
}

function all(answer: Answer, expected: Expected): string[] {
  switch (expected.kind) {
    case 'metric':
      if (answer.kind === 'rows') return rowDifferences(answer.rows, expected.at(END_MS), 'at the end')
      if (answer.kind === 'series') return seriesDifferences(answer, expected.at)
      break
    case 'lines':
      if (answer.kind === 'lines') return lineDifferences(answer.lines, expected.lines)
      break
    case 'traces':
      if (answer.kind === 'traces') {
        const got = answer.traces.map(traceText).toSorted()
        const wanted = expected.traces.map(traceText).toSorted()
        return JSON.stringify(got) === JSON.stringify(wanted) ? [] : [`traces ${got}, not ${wanted}`]
      }
  }
  return [`the answer is ${answer.kind}, not ${expected.kind}`]
}
