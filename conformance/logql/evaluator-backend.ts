import { evaluateLogs } from '../../src/query/logql/logs.ts'
import { evaluateInstant, evaluateRange } from '../../src/query/logql/metrics/evaluate.ts'
import type { LogSource } from '../../src/query/logql/metrics/source.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { type LogRecord, timeNs, timeWords } from '../../src/query/logql/record.ts'
import type { Backend, Got, InstantMode, RangeMode, SelectMode } from './backend.ts'
import type { LoadedStream } from './script.ts'

const LOOK_BACK_NS = 30_000_000_000n

/** The evaluator over records in memory, without any server. */
export class EvaluatorBackend implements Backend {
  #records: LogRecord[] = []
  readonly #seen = new Set<string>()
  /** Batches of a prime length, so that steps and batches end at different records. */
  readonly #source: LogSource = {
    open: (_range, fromNs, toNs) => batches(this.#records, 7, (ns) => ns > fromNs && ns <= toNs),
  }

  load(streams: ReadonlyArray<LoadedStream>): Promise<void> {
    for (const { labels, entries } of streams)
      for (const entry of entries) {
        const key = JSON.stringify([[...labels].sort(), String(entry.timeNs), entry.line])
        // Loki's store keeps one of those that have stream, time and line in common, whatever their metadata.
        if (this.#seen.has(key)) continue
        this.#seen.add(key)
        const time = timeWords(entry.timeNs)
        this.#records.push({ ...time, line: entry.line, stream: labels, metadata: entry.metadata })
      }
    this.#records.sort((a, b) => a.timeHigh - b.timeHigh || a.timeLow - b.timeLow)
    return Promise.resolve()
  }

  clear(): Promise<void> {
    this.#records = []
    this.#seen.clear()
    return Promise.resolve()
  }

  async evalInstant(query: string, { timeNs: at }: InstantMode): Promise<Got> {
    const expr = parse(query)
    if (expr.kind === 'log')
      return this.evalLogs(query, {
        kind: 'select',
        fromNs: at - LOOK_BACK_NS,
        toNs: at,
        direction: 'forward',
      })
    const result = await evaluateInstant(expr, at, this.#source)
    if (result.kind === 'scalar') return result
    return {
      kind: 'series',
      series: result.samples.map(({ labels, value }) => ({ labels, points: [value] })),
    }
  }

  async evalRange(query: string, { fromNs, toNs, stepNs }: RangeMode): Promise<Got> {
    const expr = parse(query)
    if (expr.kind === 'log') throw new Error('a range needs a metric query')
    const count = Number((toNs - fromNs) / stepNs) + 1
    const grid = { startNs: fromNs, stepNs: Number(stepNs), count }
    const matrix = await evaluateRange(expr, grid, this.#source)
    const series = matrix.map(({ labels, points }) => {
      const places: Array<number | undefined> = Array.from({ length: count }, () => undefined)
      for (const { step, value } of points) places[step] = value
      return { labels, points: places }
    })
    return { kind: 'series', series }
  }

  async evalLogs(query: string, { fromNs, toNs, direction }: SelectMode): Promise<Got> {
    const expr = parse(query)
    if (expr.kind !== 'log') throw new Error('select needs a log query')
    const records = direction === 'forward' ? this.#records : this.#records.toReversed()
    const inWindow = (ns: bigint): boolean => ns >= fromNs && ns < toNs
    const entries = await evaluateLogs(expr, batches(records, 7, inWindow), Number.POSITIVE_INFINITY)
    return {
      kind: 'entries',
      entries: entries.map((entry) => ({ ...entry, timeNs: timeNs(entry) })),
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function* batches(
  records: ReadonlyArray<LogRecord>,
  size: number,
  inWindow: (ns: bigint) => boolean,
): Generator<LogRecord[]> {
  const chosen = records.filter((record) => inWindow(timeNs(record)))
  for (let i = 0; i < chosen.length; i += size) yield chosen.slice(i, i + size)
}
