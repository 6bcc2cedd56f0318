import { controlSettings } from './settings.ts'
import { LC, MILLISECONDS, NANOSECONDS } from './types.ts'

/**
 * Small tables that are written by SQL, a row at a time: no Native columns, only their shape.
 */
export type ControlTable = {
  readonly name: string
  readonly comment: string
  readonly since?: number
  readonly columns: ReadonlyArray<ControlColumn>
  readonly engine: 'MergeTree' | 'ReplacingMergeTree'
  readonly engineArgument?: string
  readonly orderBy: ReadonlyArray<string>
  readonly partitionBy?: string
  readonly ttl?: string
  readonly settings?: Readonly<Record<string, string | number>>
}

type ControlColumn = {
  readonly name: string
  readonly type: string
  readonly codec?: string
  readonly comment?: string
  readonly since?: number
}

/**
 * How far each gateway's rows are readable (the seam and deletion rest on it). The latest row of a gateway
 * counts: read it with `argMax(…, PublishedAt)` or FINAL.
 */
export const watermarks: ControlTable = {
  name: 'watermarks',
  comment: 'Per gateway: what is acknowledged and what of it is not inserted yet',
  columns: [
    { name: 'GatewayId', type: 'String' },
    { name: 'PublishedAt', type: MILLISECONDS },
    { name: 'NextSeq', type: 'UInt64', comment: 'No row at or above it is acknowledged' },
    { name: 'OldestSeq', type: 'UInt64', comment: 'Oldest acknowledged row not yet inserted, else NextSeq' },
    { name: 'OldestTime', type: NANOSECONDS, comment: 'Its Timestamp; when nothing waits, PublishedAt' },
    { name: 'State', type: LC, comment: 'running, or gone: drained and stopped for good' },
  ],
  engine: 'ReplacingMergeTree',
  engineArgument: 'PublishedAt',
  orderBy: ['GatewayId'],
  // A gateway that fell silent holds the seam and is named in gap notices until someone deals with it.
  ttl: 'toDateTime(PublishedAt) + toIntervalDay(90)',
  settings: controlSettings,
}

/** Every configuration that was applied. The text is stored with its secrets masked. */
export const configVersions: ControlTable = {
  name: 'config_versions',
  comment: 'Every configuration that a gateway applied',
  columns: [
    { name: 'AppliedAt', type: MILLISECONDS },
    { name: 'GatewayId', type: LC },
    { name: 'Hash', type: 'String', comment: 'SHA-256 of Text, lower hex' },
    { name: 'Text', type: 'String', codec: 'ZSTD(3)', comment: 'YAML, secrets masked' },
    { name: 'Diff', type: 'String', codec: 'ZSTD(3)', comment: 'Unified, against the version before' },
    { name: 'AppliedBy', type: LC, comment: 'start, signal, or who called the API' },
  ],
  engine: 'MergeTree',
  orderBy: ['AppliedAt', 'GatewayId'],
  settings: controlSettings,
}

/** Which steps of src/store/migrations have run. A step is recorded after its last statement. */
export const schemaMigrations: ControlTable = {
  name: 'schema_migrations',
  comment: 'Steps of the schema that have run',
  columns: [
    { name: 'Version', type: 'UInt32' },
    { name: 'Name', type: 'String' },
    { name: 'Checksum', type: 'String', comment: 'SHA-256 of the statements, lower hex' },
    { name: 'AppliedAt', type: MILLISECONDS },
  ],
  engine: 'ReplacingMergeTree',
  engineArgument: 'AppliedAt',
  orderBy: ['Version'],
  settings: controlSettings,
}

/**
 * Which names queries used, a row per name and day: what nobody asks for can be dropped. Written again, a row is the same
 * row; read it with FINAL or by DISTINCT.
 */
export const queryUsage: ControlTable = {
  name: 'query_usage',
  comment: 'Names of labels and metrics that queries used, by day',
  since: 3,
  columns: [
    { name: 'TenantId', type: LC },
    { name: 'Day', type: 'Date', comment: 'UTC day of the query' },
    { name: 'Kind', type: LC, comment: 'label or metric' },
    { name: 'Name', type: 'String' },
    { name: 'RecordedAt', type: MILLISECONDS },
  ],
  engine: 'ReplacingMergeTree',
  engineArgument: 'RecordedAt',
  orderBy: ['TenantId', 'Day', 'Kind', 'Name'],
  ttl: "toDateTime(Day, 'UTC') + toIntervalDay(400)",
  settings: controlSettings,
}
