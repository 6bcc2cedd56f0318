import type { InstrumentationScope, KeyValue, Long, Resource } from '../../../test/otlp/proto.ts'

/** What the row objects of the three signals share. The columns are those of the exporter's tables. */

export type JsonRow = Readonly<Record<string, unknown>>

export function resourceColumns({ resource, schemaUrl }: { resource?: Resource; schemaUrl?: string }) {
  const ResourceAttributes = mapOf(resource?.attributes)
  return {
    ServiceName: ResourceAttributes['service.name'] ?? '',
    ResourceSchemaUrl: schemaUrl ?? '',
    ResourceAttributes,
  }
}
export type ResourceColumns = ReturnType<typeof resourceColumns>

export function scopeColumns({ scope, schemaUrl }: { scope?: InstrumentationScope; schemaUrl?: string }) {
  return {
    ScopeSchemaUrl: schemaUrl ?? '',
    ScopeName: scope?.name ?? '',
    ScopeVersion: scope?.version ?? '',
    ScopeAttributes: mapOf(scope?.attributes),
  }
}
export type ScopeColumns = ReturnType<typeof scopeColumns>

/** ClickHouse takes a DateTime64(9) as digits with a point before the last nine. A 64-bit field is decoded as a Long. */
export function nanoseconds(value: Long | undefined): string {
  const digits = String(value ?? 0).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

export function hex(id: Uint8Array | undefined): string {
  return id === undefined ? '' : (id as Buffer).toString('hex')
}

export function mapOf(attributes: ReadonlyArray<KeyValue> | undefined): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { key, value } of attributes ?? []) map[key ?? ''] = text(value)
  return map
}

export function text(value: KeyValue['value']): string {
  if (value == null) return ''
  if (value.stringValue != null) return value.stringValue
  if (value.intValue != null) return String(value.intValue)
  if (value.doubleValue != null) return String(value.doubleValue)
  if (value.boolValue != null) return String(value.boolValue)
  return JSON.stringify(value)
}
