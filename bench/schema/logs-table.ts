/**
 * The columns of `logs`, with everything that is still open (key, codecs, indexes) as an
 * argument. Kept apart from src/store/tables on purpose: this program asks what that file should say.
 */
export type LogsTable = {
  readonly name: string
  readonly orderBy: string
  readonly codecs?: Readonly<Record<string, string>>
  readonly types?: Readonly<Record<string, string>>
  readonly indexes?: ReadonlyArray<string>
  readonly without?: ReadonlyArray<string>
  /** In one part, and kept for ever. */
  readonly unpartitioned?: boolean
}

const LC = 'LowCardinality(String)'
const MAP = 'Map(LowCardinality(String), String)'
const TIME = `DateTime64(9, 'UTC')`

export const LOG_COLUMNS: Readonly<Record<string, string>> = {
  TenantId: LC,
  AppId: LC,
  ServiceName: LC,
  Timestamp: TIME,
  ObservedTimestamp: TIME,
  SourceTime: TIME,
  ResourceFingerprint: 'UInt64',
  GatewayId: LC,
  Seq: 'UInt64',
  RetentionDays: 'UInt16',
  Namespace: LC,
  Pod: LC,
  Container: LC,
  TraceId: 'FixedString(16)',
  SpanId: 'FixedString(8)',
  TraceFlags: 'UInt32',
  SeverityText: LC,
  SeverityNumber: 'UInt8',
  Body: 'String',
  BodyType: LC,
  EventName: LC,
  ScopeName: LC,
  ScopeVersion: LC,
  ScopeAttributes: MAP,
  ScopeAttributeTypes: LC,
  ScopeSchemaUrl: LC,
  ScopeDroppedAttributesCount: 'UInt32',
  LogAttributes: MAP,
  LogAttributeTypes: LC,
  DroppedAttributesCount: 'UInt32',
}

const ZSTD = 'ZSTD(1)'
const CODECS: Readonly<Record<string, string>> = {
  Timestamp: `Delta(8), ${ZSTD}`,
  ObservedTimestamp: `Delta(8), ${ZSTD}`,
  SourceTime: `Delta(8), ${ZSTD}`,
  Seq: `Delta(8), ${ZSTD}`,
}

export const INDEXES = {
  timestamp: 'INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1',
  seq: 'INDEX idx_seq Seq TYPE minmax GRANULARITY 1',
  podBloom: 'INDEX idx_pod_bloom Pod TYPE bloom_filter(0.01) GRANULARITY 1',
  podSet: 'INDEX idx_pod_set Pod TYPE set(64) GRANULARITY 1',
  traceBloom: 'INDEX idx_trace_hex lower(hex(TraceId)) TYPE bloom_filter(0.001) GRANULARITY 1',
  traceRaw: 'INDEX idx_trace_raw TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
  bodyText: `INDEX idx_body_text lower(Body) TYPE text(tokenizer = 'splitByNonAlpha')`,
  bodyTokens: 'INDEX idx_body_tokens lower(Body) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8',
} as const

/** Name of an index, for `ignore_data_skipping_indices`. */
export const indexName = (definition: string): string => definition.split(' ')[1]!

export function createSql(table: LogsTable): string {
  const columns = Object.entries({ ...LOG_COLUMNS, ...table.types })
    .filter(([name]) => !table.without?.includes(name))
    .map(([name, type]) => `\`${name}\` ${type} CODEC(${table.codecs?.[name] ?? CODECS[name] ?? ZSTD})`)
  const partition = `PARTITION BY (toDate(Timestamp), RetentionDays) TTL toDateTime(Timestamp) + toIntervalDay(RetentionDays)`
  return `CREATE TABLE ${table.name} (${[...columns, ...(table.indexes ?? [])].join(',\n')})
ENGINE = MergeTree ORDER BY (${table.orderBy}) ${table.unpartitioned ? '' : partition}
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192, non_replicated_deduplication_window = 10000`
}
