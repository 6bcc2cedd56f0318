import { END_MS, START_MS, STEP_MS } from './clock.ts'
import type { Target } from './dashboards.ts'
import type { Labels, Row } from './metrics.ts'
import { type DataSource, headersOf } from './provisioned.ts'

/** Requests as Grafana's built-in data sources make them, and what their converters read of the answers. */

export type Point = { readonly timeMs: number; readonly value: number }
export type Answer =
  | {
      readonly kind: 'series'
      readonly series: ReadonlyArray<{ labels: Labels; points: ReadonlyArray<Point> }>
    }
  | { readonly kind: 'rows'; readonly rows: ReadonlyArray<Row> }
  | { readonly kind: 'lines'; readonly lines: ReadonlyArray<Line> }
  | { readonly kind: 'traces'; readonly traces: ReadonlyArray<Trace> }
export type Line = {
  readonly time: string
  readonly line: string
  readonly stream: Labels
  readonly metadata: Labels
}
export type Trace = {
  readonly traceID: string
  readonly rootServiceName: string
  readonly rootTraceName: string
  readonly startTimeUnixNano: string
  readonly durationMs: number
}

async function json(
  source: DataSource,
  path: string,
  init: RequestInit & { form?: Record<string, string> } = {},
) {
  const { form, headers, ...rest } = init
  const response = await fetch(source.url + path, {
    ...rest,
    headers: { ...headersOf(source), ...(headers as Record<string, string>) },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

const get = (source: DataSource, path: string, parameters: Record<string, string>, headers = {}) =>
  json(source, `${path}?${new URLSearchParams(parameters)}`, { headers })

type Pair = readonly [seconds: number, value: string]
const pointOf = ([seconds, value]: Pair): Point => ({
  timeMs: Math.round(seconds * 1000),
  value: Number(value.replace('Inf', 'Infinity')),
})

function metricAnswer({ resultType, result }: { resultType: string; result: unknown }): Answer {
  switch (resultType) {
    case 'matrix':
      return {
        kind: 'series',
        series: (result as { metric: Labels; values: Pair[] }[]).map(({ metric, values }) => ({
          labels: metric,
          points: values.map(pointOf),
        })),
      }
    case 'vector':
      return {
        kind: 'rows',
        rows: (result as { metric: Labels; value: Pair }[]).map(({ metric, value }) => ({
          labels: metric,
          value: pointOf(value).value,
        })),
      }
    case 'scalar':
      return { kind: 'rows', rows: [{ labels: {}, value: pointOf(result as Pair).value }] }
    default:
      throw new Error(`a result of type ${resultType}`)
  }
}

async function askPrometheus(source: DataSource, { instant }: Target, query: string): Promise<Answer> {
  const seconds = (ms: number): string => String(ms / 1000)
  const times =
    instant === true
      ? { time: seconds(END_MS) }
      : { start: seconds(START_MS), end: seconds(END_MS), step: seconds(STEP_MS) }
  const path = `/api/v1/query${instant === true ? '' : '_range'}`
  return metricAnswer((await json(source, path, { form: { query, ...times } })).data)
}

const nanos = (ms: number): string => `${ms}000000`

async function askLoki(source: DataSource, { queryType, maxLines }: Target, query: string): Promise<Answer> {
  const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' }
  const times =
    queryType === 'instant'
      ? { time: nanos(END_MS) }
      : { start: nanos(START_MS), end: nanos(END_MS), step: `${STEP_MS}ms` }
  const limit = String(maxLines ?? source.jsonData.maxLines ?? 1000)
  const path = `/loki/api/v1/query${queryType === 'instant' ? '' : '_range'}`
  const { data } = await get(source, path, { query, ...times, direction: 'backward', limit }, headers)
  if (data.resultType !== 'streams') return metricAnswer(data)
  type Entry = readonly [string, string, { structuredMetadata?: Labels }]
  const lines = (data.result as { stream: Labels; values: Entry[] }[]).flatMap(({ stream, values }) =>
    values.map(([time, line, { structuredMetadata = {} }]) => ({
      time,
      line,
      stream,
      metadata: structuredMetadata,
    })),
  )
  return { kind: 'lines', lines }
}

async function askTempo(source: DataSource, { limit }: Target, query: string): Promise<Answer> {
  const seconds = (ms: number): string => String(Math.floor(ms / 1000))
  const { traces } = await get(source, '/api/search', {
    q: query,
    limit: String(limit ?? 20),
    spss: '3',
    start: seconds(START_MS),
    end: seconds(END_MS),
  })
  return { kind: 'traces', traces: traces ?? [] }
}

/** Asks for what a panel's target shows. Throws with the answer's text unless it is 200. */
export function ask(source: DataSource, target: Target, query: string): Promise<Answer> {
  switch (source.type) {
    case 'prometheus':
      return askPrometheus(source, target, query)
    case 'loki':
      return askLoki(source, target, query)
    case 'tempo':
      return askTempo(source, target, query)
    default:
      throw new Error(`a data source of type ${source.type}`)
  }
}

/** The options of a variable `label_values(selector, label)`. */
export async function labelValues(source: DataSource, selector: string, label: string): Promise<string[]> {
  const seconds = (ms: number): string => String(ms / 1000)
  const range = { start: seconds(START_MS), end: seconds(END_MS) }
  const { data } = await get(source, `/api/v1/label/${label}/values`, { 'match[]': selector, ...range })
  return data
}

/** The options of a variable of a stream's label. */
export async function streamValues(source: DataSource, stream: string, label: string): Promise<string[]> {
  const range = { start: nanos(START_MS), end: nanos(END_MS) }
  const { data } = await get(source, `/loki/api/v1/label/${label}/values`, { query: stream, ...range })
  return data
}

/** Exemplars of the series that a query reads: where Grafana gets the points that link to traces. */
export async function exemplars(source: DataSource, query: string) {
  const range = { start: String(START_MS / 1000), end: String(END_MS / 1000) }
  const { data } = await json(source, '/api/v1/query_exemplars', { form: { query, ...range } })
  return data as { seriesLabels: Labels; exemplars: { labels: Labels; value: string; timestamp: number }[] }[]
}

/** What the data source's health check needs; throws where Grafana would show it red. */
export async function health(source: DataSource): Promise<void> {
  switch (source.type) {
    case 'prometheus':
      await json(source, '/api/v1/query', { form: { query: '1+1', time: '4' } })
      return
    case 'loki': {
      const { data } = await get(source, '/loki/api/v1/query', {
        query: 'vector(1)+vector(1)',
        time: '4000000000',
        direction: 'backward',
      })
      if (data.result.length !== 1 || data.result[0].value[1] !== '2') throw new Error('Loki: not 2')
      return
    }
    case 'tempo': {
      const { status } = await fetch(`${source.url}/api/echo`, { headers: headersOf(source) })
      if (status !== 200) throw new Error(`Tempo: ${status}`)
      return
    }
    case 'jaeger':
      await json(source, '/api/services')
      return
    default:
      throw new Error(`a data source of type ${source.type}`)
  }
}
