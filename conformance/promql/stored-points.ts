import {
  EMPTY_HISTOGRAM,
  EXPONENTIAL_SCHEMA_MIN,
  type Histogram,
  usesCustomBuckets,
} from '../../src/query/promql/histogram/histogram.ts'
import type { Database } from '../../src/store/database.ts'
import { dateTime, escaped, letters, mapOf } from '../support/stored-text.ts'
import type { LoadedSample, LoadedSeries } from './script.ts'

/** Scripts begin at time 0, which no class of a config keeps for so long. */
const RETENTION_DAYS = 36_500
const DAY_MS = 86_400_000
const MS_NS = 1_000_000n

/** The columns of a point that are the same in all tables. */
const POINT = 'TenantId, MetricName, SeriesFingerprint, TimeUnix, Flags, GatewayId, Seq'

/**
 * Series in Weir's tables, as gauges with the labels as attributes. Native histograms become exponential ones, those with custom
 * bounds explicit ones; gauges among them have no temporality. OTLP has whole counts that are not negative: others are left out.
 */
export class StoredPoints {
  readonly #writer: Database
  readonly #fingerprints = new Map<string, number>()
  readonly #seen = new Set<string>()
  #seq = 0

  constructor(writer: Database) {
    this.#writer = writer
  }

  async add(series: ReadonlyArray<LoadedSeries>): Promise<void> {
    const known: string[] = []
    const points = new Map<string, string[]>(TYPES.map(({ table }) => [table, []]))
    for (const { labels, samples } of series)
      for (const type of TYPES) {
        const own = samples.filter(({ value }) => type.isOurs(value, samples))
        if (own.length > 0) this.#addOwn(type, labels, own, known, points.get(type.table)!)
      }
    await this.#insert(
      'metric_series',
      'TenantId, SeriesFingerprint, Day, MetricName, MetricType, Temporality, Attributes, AttributeTypes',
      known,
    )
    const columns = new Map(TYPES.map((type) => [type.table, type.columns]))
    for (const [table, rows] of points) await this.#insert(table, `${POINT}, ${columns.get(table)!}`, rows)
  }

  #addOwn(
    { type, temporality, fields }: Storable,
    labels: ReadonlyMap<string, string>,
    samples: ReadonlyArray<LoadedSample>,
    known: string[],
    points: string[],
  ): void {
    const name = labels.get('__name__') ?? ''
    const attributes = new Map([...labels].filter(([label]) => label !== '__name__'))
    const fingerprint = this.#fingerprintOf(`${type} ${temporality}`, labels)
    for (const day of new Set(samples.map(({ timeMs }) => Math.floor(timeMs / DAY_MS))))
      known.push(
        row(
          'default',
          fingerprint,
          dayText(day),
          escaped(name),
          type,
          temporality,
          mapOf(attributes),
          letters(attributes),
        ),
      )
    for (const sample of samples)
      if (this.#isNew(fingerprint, sample.timeMs))
        points.push(row(...this.#point(name, fingerprint, sample), ...fields(sample.value)))
  }

  async clear(): Promise<void> {
    this.#seen.clear()
    for (const table of new Set(['metric_series', ...TYPES.map(({ table }) => table)]))
      await this.#writer.command(`TRUNCATE TABLE ${this.#writer.name}.${table}`)
  }

  #fingerprintOf(type: string, labels: ReadonlyMap<string, string>): number {
    const key = JSON.stringify([type, ...[...labels].sort()])
    const known = this.#fingerprints.get(key) ?? this.#fingerprints.size + 1
    this.#fingerprints.set(key, known)
    return known
  }

  #isNew(fingerprint: number, timeMs: number): boolean {
    const key = `${fingerprint} ${timeMs}`
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  #point(name: string, fingerprint: number, { timeMs, value }: LoadedSample): Array<string | number> {
    const time = dateTime(BigInt(timeMs) * MS_NS)
    return [
      'default',
      escaped(name),
      fingerprint,
      time,
      value === 'stale' ? 1 : 0,
      'conformance',
      ++this.#seq,
    ]
  }

  /** The last column is never empty: ClickHouse's client trims statements. */
  async #insert(table: string, columns: string, rows: ReadonlyArray<string>): Promise<void> {
    if (rows.length === 0) return
    const { name } = this.#writer
    const text = rows.map((line) => `${line}\t${RETENTION_DAYS}\n`).join('')
    await this.#writer.command(
      `INSERT INTO ${name}.${table} (${columns}, RetentionDays) SETTINGS async_insert = 0, precise_float_parsing = 1 FORMAT TabSeparated\n${text}`,
    )
  }
}

const row = (...fields: ReadonlyArray<string | number>): string => fields.join('\t')

type Storable = {
  readonly type: 'gauge' | 'exponential_histogram' | 'histogram'
  readonly temporality: number
  readonly table: string
  readonly columns: string
  /** Staleness markers stand among the floats of a series; where it has none, among its histograms. */
  readonly isOurs: (value: Value, samples: ReadonlyArray<LoadedSample>) => boolean
  readonly fields: (value: Value) => Array<string | number>
}
type Value = LoadedSample['value']

/** OTLP's temporalities. */
const UNSPECIFIED = 0
const CUMULATIVE = 2

const TYPES: ReadonlyArray<Storable> = [
  {
    type: 'gauge',
    temporality: UNSPECIFIED,
    table: 'samples',
    columns: 'Value',
    isOurs: (value, samples) => (value === 'stale' ? samples.some(isNumber) : typeof value === 'number'),
    fields: (value) => [numberText(value)],
  },
  ...[UNSPECIFIED, CUMULATIVE].flatMap((temporality): Storable[] => [
    {
      type: 'exponential_histogram',
      temporality,
      table: 'exp_histogram_samples',
      columns:
        'Count, Sum, Present, Scale, ZeroCount, ZeroThreshold, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts',
      isOurs: (value, samples) => isHistogram(value, samples, { custom: false, temporality }),
      fields: exponentialFields,
    },
    {
      type: 'histogram',
      temporality,
      table: 'histogram_samples',
      columns: 'Count, Sum, Present, ExplicitBounds, BucketCounts',
      isOurs: (value, samples) => isHistogram(value, samples, { custom: true, temporality }),
      fields: explicitFields,
    },
  ]),
]

const isNumber = ({ value }: LoadedSample): boolean => typeof value === 'number'

type Kind = { readonly custom: boolean; readonly temporality: number }

function isHistogram(value: Value, samples: ReadonlyArray<LoadedSample>, kind: Kind): boolean {
  if (value === 'stale') return !samples.some(isNumber) && samples.some((one) => isStorable(one.value, kind))
  return isStorable(value, kind)
}

function isStorable(value: Value, { custom, temporality }: Kind): boolean {
  if (typeof value !== 'object' || usesCustomBuckets(value) !== custom) return false
  if ((value.hint === 'gauge') !== (temporality === UNSPECIFIED)) return false
  if (!custom && value.schema < EXPONENTIAL_SCHEMA_MIN) return false
  const counts = [value.count, value.zeroCount, ...value.positive.counts, ...value.negative.counts]
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0)
}

const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

function numberText(value: Value): string {
  if (typeof value !== 'number') return '0'
  if (Object.is(value, -0)) return '-0'
  return Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf')
}

const list = (numbers: Iterable<number>): string => `[${[...numbers].map(numberText).join(',')}]`

/** A marker has the fields of a histogram in which nothing is. */
const histogramOf = (value: Value): Histogram => (typeof value === 'object' ? value : EMPTY_HISTOGRAM)

function exponentialFields(value: Value): Array<string | number> {
  const { count, sum, schema, zeroCount, zeroThreshold, positive, negative } = histogramOf(value)
  return [
    count,
    numberText(sum),
    1,
    schema,
    zeroCount,
    numberText(zeroThreshold),
    positive.offset - 1,
    list(positive.counts),
    negative.offset - 1,
    list(negative.counts),
  ]
}

/** All buckets are written: as many as there are bounds, and one. */
function explicitFields(value: Value): Array<string | number> {
  const { count, sum, customBounds = [], positive } = histogramOf(value)
  const counts = Array.from(
    { length: customBounds.length + 1 },
    (_, i) => positive.counts[i - positive.offset] ?? 0,
  )
  return [count, numberText(sum), 1, list(customBounds), list(counts)]
}
