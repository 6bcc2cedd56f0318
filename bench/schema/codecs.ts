import { type ClickHouse, cpuOf, run, type Settings } from './clickhouse.ts'
import { BY_BLOCK, columnsOf, mergeOnlyWhenAsked } from './measure.ts'

type Trial = {
  readonly column: string
  readonly type: string
  readonly expression: string
  readonly codecs: ReadonlyArray<string>
}

const TIME = `DateTime64(9, 'UTC')`
const INTEGERS = [
  'ZSTD(1)',
  'Delta(8), ZSTD(1)',
  'Delta(8), ZSTD(3)',
  'DoubleDelta, ZSTD(1)',
  'T64, ZSTD(1)',
  'Delta(8), LZ4',
]
const PLAIN = ['ZSTD(1)', 'ZSTD(3)', 'LZ4']
const offset = (column: string) => `toUnixTimestamp64Nano(${column}) - toUnixTimestamp64Nano(Timestamp)`

const TRIALS: ReadonlyArray<Trial> = [
  { column: 'Timestamp', type: TIME, expression: 'Timestamp', codecs: INTEGERS },
  { column: 'ObservedTimestamp', type: TIME, expression: 'ObservedTimestamp', codecs: INTEGERS },
  {
    column: 'ObservedTimestamp as offset',
    type: 'Int64',
    expression: offset('ObservedTimestamp'),
    codecs: ['ZSTD(1)', 'T64, ZSTD(1)'],
  },
  { column: 'SourceTime', type: TIME, expression: 'SourceTime', codecs: INTEGERS },
  {
    column: 'SourceTime as offset',
    type: 'Int64',
    expression: offset('SourceTime'),
    codecs: ['ZSTD(1)', 'T64, ZSTD(1)'],
  },
  { column: 'Seq', type: 'UInt64', expression: 'Seq', codecs: INTEGERS },
  { column: 'ResourceFingerprint', type: 'UInt64', expression: 'ResourceFingerprint', codecs: PLAIN },
  { column: 'Pod', type: 'LowCardinality(String)', expression: 'Pod', codecs: PLAIN },
  { column: 'TraceId', type: 'FixedString(16)', expression: 'TraceId', codecs: [...PLAIN, 'NONE'] },
  { column: 'SpanId', type: 'FixedString(8)', expression: 'SpanId', codecs: [...PLAIN, 'NONE'] },
  { column: 'Pod as String', type: 'String', expression: 'toString(Pod)', codecs: ['ZSTD(1)'] },
  { column: 'GatewayId', type: 'LowCardinality(String)', expression: 'GatewayId', codecs: ['ZSTD(1)'] },
  { column: 'Container', type: 'LowCardinality(String)', expression: 'Container', codecs: ['ZSTD(1)'] },
  { column: 'Container as String', type: 'String', expression: 'toString(Container)', codecs: ['ZSTD(1)'] },
  { column: 'SeverityText', type: 'LowCardinality(String)', expression: 'SeverityText', codecs: ['ZSTD(1)'] },
  {
    column: 'SeverityText as String',
    type: 'String',
    expression: 'toString(SeverityText)',
    codecs: ['ZSTD(1)'],
  },
  { column: 'BodyType', type: 'LowCardinality(String)', expression: 'BodyType', codecs: ['ZSTD(1)'] },
  {
    column: 'BodyType as FixedString(1)',
    type: 'FixedString(1)',
    expression: 'toString(BodyType)',
    codecs: ['ZSTD(1)'],
  },
  { column: 'EventName', type: 'LowCardinality(String)', expression: 'EventName', codecs: ['ZSTD(1)'] },
  { column: 'EventName as String', type: 'String', expression: 'toString(EventName)', codecs: ['ZSTD(1)'] },
  { column: 'TraceFlags', type: 'UInt32', expression: 'TraceFlags', codecs: ['ZSTD(1)'] },
  {
    column: 'ScopeAttributes',
    type: 'Map(LowCardinality(String), String)',
    expression: 'ScopeAttributes',
    codecs: ['ZSTD(1)'],
  },
  {
    column: 'ScopeAttributes as Map(String, String)',
    type: 'Map(String, String)',
    expression: `CAST(ScopeAttributes, 'Map(String, String)')`,
    codecs: ['ZSTD(1)'],
  },
  {
    column: 'LogAttributes as Map(String, String)',
    type: 'Map(String, String)',
    expression: `CAST(LogAttributes, 'Map(String, String)')`,
    codecs: ['ZSTD(1)'],
  },
  {
    column: 'LogAttributeTypes as String',
    type: 'String',
    expression: 'toString(LogAttributeTypes)',
    codecs: ['ZSTD(1)'],
  },
  { column: 'SeverityNumber', type: 'UInt8', expression: 'SeverityNumber', codecs: PLAIN },
  {
    column: 'LogAttributes',
    type: 'Map(LowCardinality(String), String)',
    expression: 'LogAttributes',
    codecs: PLAIN,
  },
  {
    column: 'LogAttributeTypes',
    type: 'LowCardinality(String)',
    expression: 'LogAttributeTypes',
    codecs: PLAIN,
  },
  { column: 'Body', type: 'String', expression: 'Body', codecs: [...PLAIN, 'ZSTD(6)'] },
]

export type CodecResult = {
  readonly column: string
  readonly codec: string
  readonly bytesPerRow: number
  /** CPU of writing it: 20,000-row inserts and one merge, less the table's key columns alone. */
  readonly writeMicros: number
  /** CPU of reading the whole column. */
  readonly readMicros: number
}

/** Each codec in a table of its own, beside the key columns, with the rows and the order of `orderBy`. */
export async function measureCodecs(
  clickhouse: ClickHouse,
  stage: string,
  rowCount: number,
  orderBy: string,
): Promise<CodecResult[]> {
  const base = await writeTrial(clickhouse, stage, orderBy, undefined, '')
  const results: CodecResult[] = []
  for (const trial of TRIALS)
    for (const codec of trial.codecs) {
      const cost = await writeTrial(clickhouse, stage, orderBy, trial, codec)
      const read = await cpuOf(clickhouse, async () => {
        for (let at = 0; at < READS; at++)
          await run(clickhouse, 'SELECT sum(ignore(v)) FROM codec_trial', READ)
      })
      results.push({
        column: trial.column,
        codec,
        bytesPerRow: (await columnsOf(clickhouse, 'codec_trial')).get('v')!,
        writeMicros: (cost - base) / rowCount,
        readMicros: read / READS / rowCount,
      })
    }
  await run(clickhouse, 'DROP TABLE codec_trial SYNC')
  return results
}

const READS = 3
const READ: Settings = { max_threads: 1, use_query_condition_cache: 0 }

async function writeTrial(
  clickhouse: ClickHouse,
  stage: string,
  orderBy: string,
  trial: Trial | undefined,
  codec: string,
): Promise<number> {
  await run(clickhouse, 'DROP TABLE IF EXISTS codec_trial SYNC')
  const column = trial === undefined ? '' : `, v ${trial.type} CODEC(${codec})`
  await run(
    clickhouse,
    `CREATE TABLE codec_trial (TenantId LowCardinality(String) CODEC(ZSTD(1)), AppId LowCardinality(String) CODEC(ZSTD(1)), Timestamp ${TIME} CODEC(Delta(8), ZSTD(1))${column})
     ENGINE = MergeTree ORDER BY (${orderBy}) SETTINGS min_bytes_for_wide_part = 0`,
  )
  const value = trial === undefined ? '' : `, ${trial.expression} AS v`
  await mergeOnlyWhenAsked(clickhouse, 'codec_trial')
  return cpuOf(clickhouse, async () => {
    await run(
      clickhouse,
      `INSERT INTO codec_trial SELECT TenantId, AppId, Timestamp${value} FROM ${stage}`,
      BY_BLOCK,
    )
    await run(clickhouse, 'OPTIMIZE TABLE codec_trial FINAL')
  })
}
