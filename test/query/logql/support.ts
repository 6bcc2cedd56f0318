import { evaluateLogs } from '../../../src/query/logql/logs.ts'
import {
  evaluateInstant,
  evaluateRange,
  type InstantResult,
  type MatrixSeries,
} from '../../../src/query/logql/metrics/evaluate.ts'
import {
  DEFAULT_LIMITS,
  type EvaluationLimits,
  type LogSource,
} from '../../../src/query/logql/metrics/source.ts'
import { parse } from '../../../src/query/logql/parse.ts'
import { type LogEntry, type LogRecord, timeNs, timeWords } from '../../../src/query/logql/record.ts'

/** A moment with a lower word that overflows soon: windows of tests cross the border between the words. */
export const ORIGIN_NS = (396_000_000n << 32n) - 30_000_000_000n

export type Row = {
  /** Seconds after the origin. */
  readonly at?: number
  readonly line?: string
  readonly stream?: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, string>>
}

export function record({ at = 0, line = '', stream = { app: 'a' }, metadata = {} }: Row): LogRecord {
  const time = timeWords(ORIGIN_NS + BigInt(Math.round(at * 1e9)))
  return {
    ...time,
    line,
    stream: new Map(Object.entries(stream)),
    metadata: new Map(Object.entries(metadata)),
  }
}

/** Records in the order of their times, a few at once. */
export function sourceOf(rows: ReadonlyArray<Row>): LogSource {
  const records = rows.map(record).sort((a, b) => (timeNs(a) < timeNs(b) ? -1 : 1))
  return {
    *open() {
      for (let i = 0; i < records.length; i += 3) yield records.slice(i, i + 3)
    },
  }
}

export async function logs(
  query: string,
  rows: ReadonlyArray<Row>,
  limit = Number.POSITIVE_INFINITY,
): Promise<LogEntry[]> {
  const expr = parse(query)
  if (expr.kind !== 'log') throw new Error(`${query} is no log query`)
  return evaluateLogs(expr, [rows.map(record)], limit)
}

/** What the pipeline makes of one line: its text and its labels, or undefined if it is dropped. */
export async function one(
  query: string,
  row: Row,
): Promise<{ line: string; labels: Record<string, string> } | undefined> {
  const [entry] = await logs(query, [row])
  return (
    entry && {
      line: entry.line,
      labels: { ...plain(entry.stream), ...plain(entry.metadata), ...plain(entry.parsed) },
    }
  )
}

export function plain(labels: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(labels)
}

export async function instant(
  query: string,
  at: number,
  rows: ReadonlyArray<Row>,
  limits: Partial<EvaluationLimits> = {},
): Promise<InstantResult> {
  const expr = parse(query)
  if (expr.kind === 'log') throw new Error(`${query} is no metric query`)
  return evaluateInstant(expr, ORIGIN_NS + BigInt(Math.round(at * 1e9)), sourceOf(rows), {
    ...DEFAULT_LIMITS,
    ...limits,
  })
}

/** The vector as `{labels} value` per line. */
export async function vector(query: string, at: number, rows: ReadonlyArray<Row>): Promise<string[]> {
  const result = await instant(query, at, rows)
  if (result.kind === 'scalar') return [String(result.value)]
  return result.samples.map(({ labels, value }) => `${printed(labels)} ${value}`)
}

export function printed(labels: ReadonlyMap<string, string>): string {
  return `{${[...labels].map(([name, value]) => `${name}="${value}"`).join(', ')}}`
}

export async function range(
  query: string,
  { from, step, count }: { from: number; step: number; count: number },
  rows: ReadonlyArray<Row>,
  limits: Partial<EvaluationLimits> = {},
): Promise<MatrixSeries[]> {
  const expr = parse(query)
  if (expr.kind === 'log') throw new Error(`${query} is no metric query`)
  const grid = { startNs: ORIGIN_NS + BigInt(Math.round(from * 1e9)), stepNs: step * 1e9, count }
  return evaluateRange(expr, grid, sourceOf(rows), { ...DEFAULT_LIMITS, ...limits })
}
