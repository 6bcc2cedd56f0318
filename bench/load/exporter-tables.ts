import type { Database } from '../../src/store/database.ts'

/**
 * What the rows that the load left cost in the tables of clickhouseexporter v0.161.0: they are filled from our views,
 * which have its columns, so both sides hold the same rows. Bytes on disk after one merge, indexes included.
 */
export type DiskComparison = {
  readonly rows: number
  /** All tables that the signal fills: rows, series, resources, trace times, exemplars. */
  readonly bytesPerRow: number
  readonly exporterBytesPerRow: number
  readonly ratio: number
  readonly byTable: Readonly<Record<string, number>>
}

const MAP = 'Map(LowCardinality(String), String)'
const EXEMPLARS = `\`Exemplars.FilteredAttributes\` Array(${MAP}) CODEC(ZSTD(1)), \`Exemplars.TimeUnix\` Array(DateTime) CODEC(ZSTD(1)),
  \`Exemplars.Value\` Array(Float64) CODEC(ZSTD(1)), \`Exemplars.SpanId\` Array(String) CODEC(ZSTD(1)), \`Exemplars.TraceId\` Array(String) CODEC(ZSTD(1))`

/** With text indexes in place of bloom filters, as the exporter renders them for servers from 26.2 on. */
const mapIndexes = (short: string, map: string): string =>
  `INDEX idx_${short}_key mapKeys(${map}) TYPE text(tokenizer = 'array'),
  INDEX idx_${short}_value mapValues(${map}) TYPE text(tokenizer = 'array')`
const bloomIndexes = (short: string, map: string): string =>
  `INDEX idx_${short}_key mapKeys(${map}) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_${short}_value mapValues(${map}) TYPE bloom_filter(0.01) GRANULARITY 1`

const TRACES = `(
  Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), TraceId String CODEC(ZSTD(1)), SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)), TraceState String CODEC(ZSTD(1)), SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)), ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes ${MAP} CODEC(ZSTD(1)), ScopeName String CODEC(ZSTD(1)), ScopeVersion String CODEC(ZSTD(1)),
  SpanAttributes ${MAP} CODEC(ZSTD(1)), Duration UInt64 CODEC(ZSTD(1)), StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  \`Events.Timestamp\` Array(DateTime64(9)) CODEC(ZSTD(1)), \`Events.Name\` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  \`Events.Attributes\` Array(${MAP}) CODEC(ZSTD(1)),
  \`Links.TraceId\` Array(String) CODEC(ZSTD(1)), \`Links.SpanId\` Array(String) CODEC(ZSTD(1)),
  \`Links.TraceState\` Array(String) CODEC(ZSTD(1)), \`Links.Attributes\` Array(${MAP}) CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  ${mapIndexes('res_attr', 'ResourceAttributes')},
  ${mapIndexes('span_attr', 'SpanAttributes')},
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`

const TRACE_TIMES = `(
  TraceId String CODEC(ZSTD(1)), Start DateTime CODEC(Delta, ZSTD(1)), End DateTime CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`

/** `columns` between the common ones and the time: those of a kind of metric. */
const metrics = (columns: string): string => `(
  ResourceAttributes ${MAP} CODEC(ZSTD(1)), ResourceSchemaUrl String CODEC(ZSTD(1)), ScopeName String CODEC(ZSTD(1)),
  ScopeVersion String CODEC(ZSTD(1)), ScopeAttributes ${MAP} CODEC(ZSTD(1)), ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
  ScopeSchemaUrl String CODEC(ZSTD(1)), ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)), MetricDescription String CODEC(ZSTD(1)),
  MetricUnit String CODEC(ZSTD(1)), Attributes ${MAP} CODEC(ZSTD(1)),
  StartTimeUnix DateTime CODEC(Delta, ZSTD(1)), TimeUnix DateTime CODEC(Delta, ZSTD(1)),
  ${columns},
  ${bloomIndexes('res_attr', 'ResourceAttributes')},
  ${bloomIndexes('scope_attr', 'ScopeAttributes')},
  ${bloomIndexes('attr', 'Attributes')},
  INDEX idx_time TimeUnix TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, toStartOfHour(TimeUnix), cityHash64(Attributes), TimeUnix)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`

const FLAGS = 'Flags UInt32 CODEC(ZSTD(1))'
const VALUE = 'Value Float64 CODEC(ZSTD(1))'
const TEMPORALITY = 'AggregationTemporality Int32 CODEC(ZSTD(1))'

type Side = {
  /** Our tables; the first ones hold the rows. */
  readonly ours: ReadonlyArray<string>
  readonly rows: ReadonlyArray<string>
  /** The exporter's tables, each filled from our view of that name. */
  readonly exporter: Readonly<Record<string, string>>
}

const SIDES = {
  traces: {
    ours: ['spans', 'trace_times', 'resources'],
    rows: ['spans'],
    exporter: { otel_traces: TRACES, otel_traces_trace_id_ts: TRACE_TIMES },
  },
  metrics: {
    ours: ['samples', 'histogram_samples', 'exemplars', 'metric_series', 'resources'],
    rows: ['samples', 'histogram_samples'],
    exporter: {
      otel_metrics_gauge: metrics(`${VALUE}, ${FLAGS}, ${EXEMPLARS}`),
      otel_metrics_sum: metrics(
        `${VALUE}, ${FLAGS}, ${EXEMPLARS}, ${TEMPORALITY}, IsMonotonic Bool CODEC(ZSTD(1))`,
      ),
      otel_metrics_histogram: metrics(
        `Count UInt64 CODEC(Delta, ZSTD(1)), Sum Float64 CODEC(ZSTD(1)), BucketCounts Array(UInt64) CODEC(ZSTD(1)),
        ExplicitBounds Array(Float64) CODEC(ZSTD(1)), ${EXEMPLARS}, ${FLAGS}, Min Float64 CODEC(ZSTD(1)), Max Float64 CODEC(ZSTD(1)), ${TEMPORALITY}`,
      ),
    },
  },
} as const satisfies Record<string, Side>

export type ComparedSignal = keyof typeof SIDES

/** Makes the exporter's tables beside ours, fills them, merges all, and compares. */
export async function compareDisk(database: Database, signal: ComparedSignal): Promise<DiskComparison> {
  const { ours, rows, exporter }: Side = SIDES[signal]
  const scratch = `${database.name}_exporter`
  await database.command(`CREATE DATABASE ${scratch} ENGINE = Atomic`)
  for (const [table, ddl] of Object.entries(exporter)) {
    await database.command(`CREATE TABLE ${scratch}.${table} ${ddl}`)
    await database.command(
      `INSERT INTO ${scratch}.${table} SELECT * FROM ${database.name}.${table} SETTINGS max_threads = 1`,
    )
    await database.command(`OPTIMIZE TABLE ${scratch}.${table} FINAL`)
  }
  for (const table of ours) await database.command(`OPTIMIZE TABLE ${database.name}.${table} FINAL`)
  const oursBytes = await bytesOf(database, database.name, ours)
  const exporterBytes = await bytesOf(database, scratch, Object.keys(exporter))
  const count = sum(rows.map((table) => oursBytes[table]!.rows))
  const exporterRows = sum(
    Object.entries(exporterBytes)
      .filter(([table]) => table !== 'otel_traces_trace_id_ts')
      .map(([, of]) => of.rows),
  )
  if (count !== exporterRows)
    throw new Error(`the exporter's tables hold ${exporterRows} rows, ours ${count}: the figures would lie`)
  const bytesPerRow = sum(Object.values(oursBytes).map(({ bytes }) => bytes)) / count
  const exporterBytesPerRow = sum(Object.values(exporterBytes).map(({ bytes }) => bytes)) / count
  return {
    rows: count,
    bytesPerRow,
    exporterBytesPerRow,
    ratio: bytesPerRow / exporterBytesPerRow,
    byTable: Object.fromEntries(
      Object.entries({ ...oursBytes, ...exporterBytes }).map(([table, { bytes }]) => [
        table,
        Math.round((100 * bytes) / count) / 100,
      ]),
    ),
  }
}

async function bytesOf(
  database: Database,
  name: string,
  tables: ReadonlyArray<string>,
): Promise<Record<string, { readonly rows: number; readonly bytes: number }>> {
  const found = await database.rows<{ table: string; rows: string; bytes: string }>(
    `SELECT table, toString(sum(rows)) AS rows, toString(sum(bytes_on_disk)) AS bytes FROM system.parts
     WHERE active AND database = {database:String} AND table IN {tables:Array(String)} GROUP BY table`,
    { database: name, tables: [...tables] },
  )
  return Object.fromEntries(
    tables.map((table) => {
      const of = found.find((row) => row.table === table)
      return [table, { rows: Number(of?.rows ?? 0), bytes: Number(of?.bytes ?? 0) }]
    }),
  )
}

function sum(values: ReadonlyArray<number>): number {
  return values.reduce((total, value) => total + value, 0)
}
