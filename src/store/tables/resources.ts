import { type FixedColumn, fixed16 } from '../native/fixed.ts'
import { entryMap, entryNumber, entryString, entryWords } from './entry-columns.ts'
import type { ResolvedResource, ResourceRows } from './rows.ts'
import { idempotentSettings } from './settings.ts'
import type { Column, Table } from './table.ts'
import { ZSTD } from './types.ts'

type Entry = ResourceRows['entries'][number]

const string = (name: string, get: (resource: ResolvedResource) => string) =>
  entryString<Entry>(name, (entry) => get(entry.resource), { codec: ZSTD })

const retention: Column<ResourceRows, FixedColumn<Uint16Array>> = {
  name: 'RetentionDays',
  type: 'UInt16',
  codec: ZSTD,
  comment: 'The longest class in use',
  buffer: fixed16,
  write: (rows, out) => {
    const at = out.extend(rows.count)
    out.data.fill(rows.ttlDays, at, at + rows.count)
  },
}

/**
 * What rows of every signal refer to by (TenantId, ResourceFingerprint): one row per UTC day on which the
 * resource has rows, so that the labels of a time range can be asked for and no row outlives its resource.
 */
export const resources: Table<ResourceRows> = {
  name: 'resources',
  comment: 'Resources, one row per fingerprint and UTC day',
  columns: [
    string('TenantId', (resource) => resource.tenantId),
    entryWords<Entry>(
      'ResourceFingerprint',
      (entry) => entry.resource.fingerprintLow,
      (entry) => entry.resource.fingerprintHigh,
      { codec: ZSTD },
    ),
    entryNumber<Entry>('Day', 'Date', (entry) => entry.day, {
      codec: ZSTD,
      comment: "UTC day of the rows' Timestamp",
    }),
    retention,
    string('ServiceName', (resource) => resource.serviceName),
    string('AppId', (resource) => resource.appId),
    string('Environment', (resource) => resource.environment),
    string('Cluster', (resource) => resource.cluster),
    string('Namespace', (resource) => resource.namespace),
    string('Pod', (resource) => resource.pod),
    string('Container', (resource) => resource.container),
    string('SchemaUrl', (resource) => resource.schemaUrl),
    entryMap<Entry>(
      'Attributes',
      (entry) => entry.resource.attributeKeys,
      (entry) => entry.resource.attributeValues,
      { codec: ZSTD },
    ),
    string('AttributeTypes', (resource) => resource.attributeTypes),
    entryNumber<Entry>('DroppedAttributesCount', 'UInt32', (entry) => entry.resource.droppedAttributesCount, {
      codec: ZSTD,
    }),
  ],
  engine: 'ReplacingMergeTree',
  orderBy: ['TenantId', 'ResourceFingerprint', 'Day'],
  partitionBy: '(Day, RetentionDays)',
  // A row of the day's last second lives until the end of the day after; so must its resource.
  ttl: "toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)",
  indexes: [],
  settings: idempotentSettings,
  shardBy: 'ResourceFingerprint',
  delivery: 'idempotent',
}
