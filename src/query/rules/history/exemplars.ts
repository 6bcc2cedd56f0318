import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import { storedAttributes } from '../../records/otlp-values.ts'
import { instant, nanosText } from '../../sql/conditions.ts'
import { sql } from '../../sql/fragment.ts'
import { isOneOf, isOneText, select } from '../../sql/select.ts'
import { numberColumns, numberJson, type PointRow } from './point-columns.ts'
import type { HistoryParts } from './source.ts'

/** Of one chunk of points; a request has no more records than that. */
const EXEMPLARS_MAX = 100_000

type ExemplarRow = {
  readonly metric: string
  readonly series: string
  readonly point: string
  readonly time: string
  readonly value: string
  readonly int: string
  readonly trace: string
  readonly span: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly types: string
}

/** A point is named by what its exemplars' rows repeat of it. */
type OfPoint = Pick<ExemplarRow, 'metric' | 'series' | 'point'>
const keyOf = ({ metric, point, series }: OfPoint): string => `${series} ${point} ${metric}`
const keyOfPoint = ({ metric, series, time }: PointRow): string => keyOf({ metric, series, point: time })

/**
 * The exemplars of stored points, which are asked for oldest first. Of several points of one series and time the first that is asked for has
 * them all: what is stored does not tell them apart.
 */
export class StoredExemplars {
  readonly #parts: HistoryParts
  /** No exemplar belongs to a point before it that was not asked for, in nanoseconds; undefined where that must be asked. */
  #firstNs: bigint | undefined
  readonly #known = new Map<string, OtlpJson[]>()

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /** Makes `take` know those of these points. */
  async learn(rows: ReadonlyArray<PointRow>): Promise<void> {
    this.#known.clear()
    if (rows.length === 0) return
    const times = rows.map(({ time }) => BigInt(time)).sort((a, b) => (a < b ? -1 : 1))
    this.#firstNs ??= await this.#firstSince(times[0]!)
    // Most points have none, and one statement says so of all up to the next that has.
    if (times.at(-1)! < this.#firstNs) return
    await this.#fetch(rows, times[0]!, times.at(-1)!)
    if (this.#known.size === 0) this.#firstNs = undefined
  }

  /** Of a point, once. */
  take(row: PointRow): OtlpJson[] {
    const key = keyOfPoint(row)
    const found = this.#known.get(key) ?? []
    this.#known.delete(key)
    return found
  }

  async #firstSince(start: bigint): Promise<bigint> {
    const { run, store, tenantId } = this.#parts
    const { exemplars, queries } = store
    const time = exemplars.column('TimeUnix')
    const statement = select({
      from: exemplars,
      tenantId,
      columns: { first: nanosText(time) },
      where: [sql`${time} >= ${instant(start)}`],
      orderBy: [time],
      limit: 1,
    })
    const [row] = await queries.rows<{ first: string }>(statement, run)
    return row === undefined ? NEVER : BigInt(row.first)
  }

  async #fetch(rows: ReadonlyArray<PointRow>, start: bigint, end: bigint): Promise<void> {
    const { run, store, tenantId } = this.#parts
    const { exemplars, queries } = store
    const name = exemplars.column('MetricName')
    const series = exemplars.column('SeriesFingerprint')
    const time = exemplars.column('TimeUnix')
    const statement = select({
      from: exemplars,
      tenantId,
      columns: {
        metric: name,
        series: sql`toString(${series})`,
        point: nanosText(time),
        time: nanosText(exemplars.column('ExemplarTime')),
        ...numberColumns(exemplars),
        trace: exemplars.idText('TraceId'),
        span: exemplars.idText('SpanId'),
        keys: sql`mapKeys(${exemplars.column('FilteredAttributes')})`,
        values: sql`mapValues(${exemplars.column('FilteredAttributes')})`,
        types: exemplars.column('FilteredAttributeTypes'),
      },
      where: [
        sql`${time} >= ${instant(start)}`,
        sql`${time} <= ${instant(end)}`,
        isOneText(name, [...new Set(rows.map(({ metric }) => metric))]),
        isOneOf(series, [...new Set(rows.map((row) => row.series))]),
      ],
      orderBy: [exemplars.column('Seq')],
      limit: EXEMPLARS_MAX,
    })
    for (const row of await queries.rows<ExemplarRow>(statement, run)) {
      const key = keyOf(row)
      const own = this.#known.get(key) ?? []
      this.#known.set(key, own)
      own.push(exemplarJson(row))
    }
  }
}

/** Past what nanoseconds of 64 bits can say. */
const NEVER = 1n << 64n

function exemplarJson({ int, keys, span, time, trace, types, value, values }: ExemplarRow): OtlpJson {
  return {
    ...(time === '0' ? {} : { timeUnixNano: time }),
    ...numberJson({ int, value }),
    ...(trace === '' ? {} : { traceId: trace }),
    ...(span === '' ? {} : { spanId: span }),
    filteredAttributes: storedAttributes(keys, values, types),
  }
}
