import { TENANT_LABEL } from '../../loki/execute/labels.ts'
import { present } from '../../records/fields.ts'
import type { ResourceRow } from '../../records/resources.ts'
import { spanSizeOf } from '../../traces/span-record.ts'
import type { TenantSpanRow } from '../../traces/span-statement.ts'
import type { StoredTraces } from '../../traces/whole/read-traces.ts'
import { keyValues } from './any-value.ts'
import { type IdForm, otlpSpanOf } from './otlp-span.ts'

export type ResourceSpansOptions = Pick<StoredTraces, 'resourceOf'> & {
  readonly id: IdForm
  /** Of several tenants each resource says whose it is. */
  readonly tellTenant: boolean
}

/** Made into text at once; a resource with more spans stands several times. */
const CHUNK_SPANS_MAX = 500
const CHUNK_BYTES_MAX = 1024 * 1024

/** JSON texts of ResourceSpans, as OTLP/JSON has them but for the form of ids. */
export function* resourceSpans(
  spans: ReadonlyArray<TenantSpanRow>,
  options: ResourceSpansOptions,
): Generator<string, void, undefined> {
  const groups = Map.groupBy(spans, ({ tenant, fingerprint }) => `${fingerprint} ${tenant}`)
  for (const group of groups.values())
    for (const chunk of chunksOf(group)) yield JSON.stringify(resourceSpansOf(chunk, options))
}

function* chunksOf(spans: ReadonlyArray<TenantSpanRow>): Generator<TenantSpanRow[], void, undefined> {
  let chunk: TenantSpanRow[] = []
  let bytes = 0
  for (const span of spans) {
    chunk.push(span)
    bytes += spanSizeOf(span)
    if (chunk.length < CHUNK_SPANS_MAX && bytes < CHUNK_BYTES_MAX) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length > 0) yield chunk
}

function resourceSpansOf(
  spans: ReadonlyArray<TenantSpanRow>,
  { resourceOf, tellTenant, id }: ResourceSpansOptions,
) {
  const first = spans[0]!
  const resource = resourceOf(first)
  const scopes = Map.groupBy(spans, scopeKeyOf)
  return {
    resource: resourceJson(resource, tellTenant ? first.tenant : undefined),
    scopeSpans: [...scopes.values()].map((group) => ({
      scope: scopeOf(group[0]!),
      spans: group.map((span) => otlpSpanOf(span, id)),
      ...present({ schemaUrl: group[0]!.scopeSchemaUrl }),
    })),
    ...present({ schemaUrl: resource?.schemaUrl }),
  }
}

function resourceJson(resource: ResourceRow | undefined, tenant: string | undefined) {
  const own = resource === undefined ? [] : keyValues(resource.keys, resource.values, resource.types)
  const told = tenant === undefined ? [] : [{ key: TENANT_LABEL, value: { stringValue: tenant } }]
  return { attributes: [...own, ...told], ...present({ droppedAttributesCount: resource?.dropped }) }
}

function scopeKeyOf(row: TenantSpanRow): string {
  const { scopeName, scopeVersion, scopeSchemaUrl, scopeKeys, scopeValues, scopeTypes, scopeDropped } = row
  return JSON.stringify([
    scopeName,
    scopeVersion,
    scopeSchemaUrl,
    scopeKeys,
    scopeValues,
    scopeTypes,
    scopeDropped,
  ])
}

function scopeOf({
  scopeName,
  scopeVersion,
  scopeKeys,
  scopeValues,
  scopeTypes,
  scopeDropped,
}: TenantSpanRow) {
  const attributes = keyValues(scopeKeys, scopeValues, scopeTypes)
  return {
    ...present({ name: scopeName, version: scopeVersion }),
    ...(attributes.length === 0 ? {} : { attributes }),
    ...present({ droppedAttributesCount: scopeDropped }),
  }
}
