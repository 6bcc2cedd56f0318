import { EXPONENTIAL_SCHEMA_MIN, type Histogram } from '../../src/query/promql/histogram/histogram.ts'
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
 * Series in Weir's tables, as gauges with the labels as attributes. Native histograms become exponential ones, of which OTLP has
 * whole counts alone and no custom bounds: others are left out.
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
    const numbers: string[] = []
    const histograms: string[] = []
    for (const { labels, samples } of series) {
      const name = labels.get('__name__') ?? ''
      const attributes = new Map([...labels].filter(([label]) => label !== '__name__'))
      for (const [type, isOurs] of [
        ['gauge', isNumber],
        ['exponential_histogram', isStorable],
      ] as const) {
        const own = samples.filter((sample) => isOurs(sample, samples))
        if (own.length === 0) continue
        const fingerprint = this.#fingerprintOf(type, labels)
        for (const day of new Set(own.map(({ timeMs }) => Math.floor(timeMs / DAY_MS))))
          known.push(
            row('default', fingerprint, dayText(day), name, type, mapOf(attributes), letters(attributes)),
          )
        for (const sample of own) {
          if (!this.#isNew(fingerprint, sample.timeMs)) continue
          const point = this.#point(name, fingerprint, sample)
          if (type === 'gauge') numbers.push(row(...point, numberText(sample.value)))
          else histograms.push(row(...point, ...histogramFields(sample.value)))
        }
      }
    }
    await this.#insert(
      'metric_series',
      'TenantId, SeriesFingerprint, Day, MetricName, MetricType, Attributes, AttributeTypes',
      known,
    )
    await this.#insert('samples', `${POINT}, Value`, numbers)
    await this.#insert(
      'exp_histogram_samples',
      `${POINT}, Count, Sum, Present, Scale, ZeroCount, ZeroThreshold, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts`,
      histograms,
    )
  }

  async clear(): Promise<void> {
    this.#seen.clear()
    for (const table of ['metric_series', 'samples', 'exp_histogram_samples'])
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

/** A staleness marker is one of the samples before it. */
function isNumber({ value }: LoadedSample, samples: ReadonlyArray<LoadedSample>): boolean {
  return value === 'stale' ? samples.some((one) => typeof one.value === 'number') : typeof value === 'number'
}

function isStorable({ value }: LoadedSample): boolean {
  if (typeof value !== 'object' || value.schema < EXPONENTIAL_SCHEMA_MIN) return false
  const counts = [value.count, value.zeroCount, ...value.positive.counts, ...value.negative.counts]
  return counts.every((count) => Number.isInteger(count) && count >= 0)
}

const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

function numberText(value: LoadedSample['value']): string {
  if (typeof value !== 'number') return '0'
  if (Object.is(value, -0)) return '-0'
  return Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf')
}

function histogramFields(value: LoadedSample['value']): Array<string | number> {
  const { count, sum, schema, zeroCount, zeroThreshold, positive, negative } = value as Histogram
  const list = (counts: Float64Array): string => `[${[...counts].join(',')}]`
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
