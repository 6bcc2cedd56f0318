import { migrate } from '../../src/store/migrations/migrate.ts'
import { startTestApi, type TestApi } from '../../test/query/support.ts'
import { startTestEngine, type TestEngine } from '../../test/support/engine.ts'
import type { Backend, Got, InstantMode, RangeMode } from './backend.ts'
import { matrixOf, numberOf, type PrometheusData, samplesOf, vectorOf } from './http-answers.ts'
import type { LoadedSeries } from './script.ts'
import { StoredPoints } from './stored-points.ts'

type Answer = {
  readonly data: PrometheusData
  readonly error?: string
  readonly warnings?: ReadonlyArray<string>
  readonly infos?: ReadonlyArray<string>
}

/** Weir's API over a ClickHouse of its own: what Grafana would be answered. Times are those of the scripts. */
export class HttpBackend implements Backend {
  readonly #engine: TestEngine
  readonly #api: TestApi
  readonly #points: StoredPoints

  private constructor(engine: TestEngine, api: TestApi) {
    this.#engine = engine
    this.#api = api
    this.#points = new StoredPoints(engine.engine.writer)
  }

  static async start(): Promise<HttpBackend> {
    const engine = await startTestEngine()
    await migrate(engine.engine.writer)
    const api = await startTestApi({
      reader: engine.engine.reader,
      // Series have the names and labels that the scripts give them.
      query: { translationStrategy: 'NoTranslation', convertHistogramsToNhcb: true },
      nowMs: () => 0,
    })
    return new HttpBackend(engine, api)
  }

  load(series: ReadonlyArray<LoadedSeries>): Promise<void> {
    return this.#points.add(series)
  }

  clear(): Promise<void> {
    return this.#points.clear()
  }

  async evalInstant(query: string, { timeMs }: InstantMode): Promise<Got> {
    const {
      data,
      warnings = [],
      infos = [],
    } = await this.#ask('query', { query, time: String(timeMs / 1000) })
    const notes = { warnings, infos }
    if (data.resultType === 'scalar') return { kind: 'scalar', value: numberOf(data.result[1]), ...notes }
    if (data.resultType === 'string') return { kind: 'string', value: data.result[1], ...notes }
    if (data.resultType === 'vector') return { kind: 'series', series: vectorOf(data), ...notes }
    if (data.resultType === 'matrix') return { kind: 'samples', series: samplesOf(data), ...notes }
    throw new Error(`an answer of no known type: ${JSON.stringify(data)}`)
  }

  async evalRange(query: string, mode: RangeMode): Promise<Got> {
    const [start, end, step] = [mode.startMs, mode.endMs, mode.stepMs].map((ms) => String(ms / 1000))
    const {
      data,
      warnings = [],
      infos = [],
    } = await this.#ask('query_range', {
      query,
      start: start!,
      end: end!,
      step: step!,
    })
    if (data.resultType !== 'matrix') throw new Error('a range has a matrix')
    return { kind: 'series', series: matrixOf(data, mode), warnings, infos }
  }

  async close(): Promise<void> {
    await this.#api.stop(0)
    await this.#engine.stop()
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    const { text } = await this.#api.post(
      `/prometheus/api/v1/${path}`,
      String(new URLSearchParams(parameters)),
    )
    const answer = JSON.parse(text) as Answer
    // Scripts say what the engine says; the API says first which parameter was wrong.
    if (answer.error !== undefined) throw new Error(answer.error.replace(/^invalid parameter "query": /, ''))
    return answer
  }
}
