import { Problem } from './problem.ts'

/** What the demo uses of a record of GET /api/v1/logs. */
export type StoredRecord = {
  readonly timestamp: string
  readonly severityText: string
  readonly service: string
  readonly body: string
  readonly traceId?: string
  readonly attributes: Attributes
}

/** ... of a trace of GET /api/v1/traces. */
export type StoredTrace = { readonly traceId: string; readonly spans: number }

/** ... of a span of GET /api/v1/traces/{traceId}. */
export type StoredSpan = {
  readonly timestampNs: string
  readonly durationNs: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly events?: ReadonlyArray<{ readonly name: string; readonly attributes: Attributes }>
}

/** ... of a series of GET /api/v1/metrics/series. */
export type StoredSeries = { readonly name: string; readonly type: string; readonly unit: string }

/** ... of a metric of GET /api/v1/cardinality. */
export type ActiveSeries = { readonly metric: string; readonly active: number }

/** ... and of a label of one. */
export type Label = { readonly label: string; readonly values: number }

type Attributes = Readonly<Record<string, string | number | boolean | null>>

/** GET, answered with 200. Throws {@link Problem} for everything else. */
export async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => {
    throw new Problem(
      `The gateway does not answer any more: GET ${url}.`,
      String(error.cause ?? error.message),
    )
  })
  if (answer.status === 401)
    throw new Problem(
      'The gateway that runs here asks for credentials, and the demo has none. Stop it, and the demo starts one of its own.',
    )
  if (!answer.ok) throw new Problem(`GET ${url} was answered ${answer.status}.`, await answer.text())
  return answer
}

async function getJson<T>(url: string): Promise<T> {
  return (await (await get(url)).json()) as T
}

/** What stands under `key` of every page. */
async function allPages<T>(url: string, key: string): Promise<T[]> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const page: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer: Record<string, unknown> = await getJson(`${url}&limit=1000${page}`)
    items.push(...(answer[key] as T[]))
    cursor = answer.nextCursor as string | null
  } while (cursor !== null)
  return items
}

/** Every stored log record of this pod, newest first. */
export function readRecords(api: string, pod: string): Promise<StoredRecord[]> {
  return allPages(`${api}/api/v1/logs?service=shop&pod=${pod}`, 'records')
}

/** Every stored trace of this pod, newest first. */
export function readTraces(api: string, pod: string): Promise<StoredTrace[]> {
  return allPages(`${api}/api/v1/traces?service=shop&pod=${pod}`, 'traces')
}

/** The spans of a trace, oldest first. */
export async function readTrace(api: string, traceId: string): Promise<StoredSpan[]> {
  return (await getJson<{ spans: StoredSpan[] }>(`${api}/api/v1/traces/${traceId}`)).spans
}

/** Every stored series of this pod's metric. */
export function readSeries(api: string, pod: string, metric: string): Promise<StoredSeries[]> {
  return allPages(`${api}/api/v1/metrics/series?metric=${metric}&service=shop&pod=${pod}`, 'series')
}

/** The metrics with most active series. */
export async function readTopCardinality(api: string): Promise<ActiveSeries[]> {
  return (await getJson<{ metrics: ActiveSeries[] }>(`${api}/api/v1/cardinality?limit=3`)).metrics
}

/** The label of a metric with most values; undefined if it has none. */
export async function readTopLabel(api: string, metric: string): Promise<Label | undefined> {
  const url = `${api}/api/v1/cardinality?metric=${encodeURIComponent(metric)}&limit=1`
  return (await getJson<{ labels: Label[] }>(url)).labels[0]
}
