import { SCOPE } from '../../otlp/slots.ts'
import { scopeAttributes, scopeAttributeTypes } from './attribute-columns.ts'
import type { ResolvedResource, SignalRows } from './rows.ts'
import {
  gatewayId,
  resourceFingerprint,
  resourceString,
  retentionDays,
  scopeDroppedAttributesCount,
  scopeString,
  seq,
} from './signal-columns.ts'
import type { Column } from './table.ts'
import { DELTA_ZSTD, ZSTD } from './types.ts'

/** Columns that the tables of several signals have, by name, type and codec the same (docs/adr/0002-schema.md). */

const string = (name: string, get: (resource: ResolvedResource) => string): Column<SignalRows> =>
  resourceString(name, get, { codec: ZSTD })

/** Whose row it is. */
export const ownerColumns: ReadonlyArray<Column<SignalRows>> = [
  string('TenantId', (resource) => resource.tenantId),
  string('AppId', (resource) => resource.appId),
  string('ServiceName', (resource) => resource.serviceName),
]

export const resourceColumn: Column<SignalRows> = resourceFingerprint('ResourceFingerprint', {
  codec: ZSTD,
  comment: 'Key into resources, with TenantId',
})

export const retentionColumn: Column<SignalRows> = retentionDays('RetentionDays', {
  codec: ZSTD,
  comment: 'Days from Timestamp after which the row goes',
})

/** What exactly-once delivery rests on (docs/adr/0001-commit-is-not-insert.md). */
export const deliveryColumns: ReadonlyArray<Column<SignalRows>> = [
  gatewayId('GatewayId', { codec: ZSTD }),
  seq('Seq', { codec: DELTA_ZSTD, comment: 'Order of receipt, unique per GatewayId' }),
]

/** Where it came from. */
export const placeColumns: ReadonlyArray<Column<SignalRows>> = [
  string('Namespace', (resource) => resource.namespace),
  string('Pod', (resource) => resource.pod),
  string('Container', (resource) => resource.container),
]

export const scopeColumns: ReadonlyArray<Column<SignalRows>> = [
  scopeString('ScopeName', SCOPE.nameStart, { codec: ZSTD }),
  scopeString('ScopeVersion', SCOPE.versionStart, { codec: ZSTD }),
  scopeString('ScopeSchemaUrl', SCOPE.schemaUrlStart, { codec: ZSTD }),
  scopeAttributes('ScopeAttributes', { codec: ZSTD }),
  scopeAttributeTypes('ScopeAttributeTypes', { codec: ZSTD }),
  scopeDroppedAttributesCount('ScopeDroppedAttributesCount', { codec: ZSTD }),
]
