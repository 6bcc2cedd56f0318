import { migrate } from '../../src/store/migrations/migrate.ts'
import { startTestApi, type TestApi } from '../../test/query/support.ts'
import { startTestEngine, type TestEngine } from '../../test/support/engine.ts'
import type { Backend, Got, InstantMode, RangeMode, SelectMode } from './backend.ts'
import { entriesOf, type LokiData, matrixOf, numberOf, vectorOf } from './http-answers.ts'
import type { LoadedStream } from './script.ts'
import { StoredStreams } from './stored-streams.ts'

const LOOK_BACK_NS = 30_000_000_000n
const LIMIT = 100_000

/** Weir's API over a ClickHouse of its own: what Grafana would be answered. Times are those of the scripts. */
export class HttpBackend implements Backend {
  readonly #engine: TestEngine
  readonly #api: TestApi
  readonly #streams: StoredStreams

  private constructor(engine: TestEngine, api: TestApi) {
    this.#engine = engine
    this.#api = api
    this.#streams = new StoredStreams(engine.engine.writer)
  }

  static async start(): Promise<HttpBackend> {
    const engine = await startTestEngine()
    await migrate(engine.engine.writer)
    const api = await startTestApi({
      reader: engine.engine.reader,
      // Streams have the labels that the scripts give them, and no others.
      query: { streamLabels: 'all', labelAliases: false, derivedLabels: false, limitMax: LIMIT },
      // Days that are over are remembered for a moment, and scripts load into the same days again and again.
      nowMs: () => 0,
    })
    return new HttpBackend(engine, api)
  }

  load(streams: ReadonlyArray<LoadedStream>): Promise<void> {
    return this.#streams.add(streams)
  }

  clear(): Promise<void> {
    return this.#streams.clear()
  }

  async evalInstant(query: string, { timeNs }: InstantMode): Promise<Got> {
    const data = await this.#ask('query', { query, time: textOf(timeNs) }).catch((error: Error) => {
      // Loki's API has log queries of ranges only.
      if (!error.message.startsWith('log queries are not supported as an instant query type')) throw error
    })
    if (data?.resultType === 'scalar') return { kind: 'scalar', value: numberOf(data.result[1]) }
    if (data?.resultType === 'vector') return { kind: 'series', series: vectorOf(data) }
    const fromNs = timeNs > LOOK_BACK_NS ? timeNs - LOOK_BACK_NS : 0n
    return this.evalLogs(query, { kind: 'select', fromNs, toNs: timeNs, direction: 'forward' })
  }

  async evalRange(query: string, { fromNs, toNs, stepNs }: RangeMode): Promise<Got> {
    const step = `${stepNs}ns`
    const data = await this.#ask('query_range', { query, start: textOf(fromNs), end: textOf(toNs), step })
    if (data.resultType !== 'matrix') throw new Error('a range needs a metric query')
    const count = Number((toNs - fromNs) / stepNs) + 1
    return { kind: 'series', series: matrixOf(data, { fromNs, stepNs, count }) }
  }

  async evalLogs(query: string, { fromNs, toNs, direction }: SelectMode): Promise<Got> {
    const range = { start: textOf(fromNs), end: textOf(toNs) }
    const data = await this.#ask('query_range', { query, ...range, direction, limit: String(LIMIT) })
    if (data.resultType !== 'streams') throw new Error('select needs a log query')
    return { kind: 'entries', entries: entriesOf(data) }
  }

  async close(): Promise<void> {
    await this.#api.stop(0)
    await this.#engine.stop()
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<LokiData> {
    const form = String(new URLSearchParams(parameters))
    const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' }
    const { status, text } = await this.#api.post(`/loki/api/v1/${path}`, form, headers)
    if (status !== 200) throw new Error(text)
    return (JSON.parse(text) as { data: LokiData }).data
  }
}

/** As RFC 3339, which has no short numbers that mean something else. */
function textOf(ns: bigint): string {
  const fraction = String(ns % 1_000_000_000n).padStart(9, '0')
  return `${new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}
