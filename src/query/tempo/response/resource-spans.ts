import { TENANT_LABEL } from '../../loki/execute/labels.ts'
import { RequestBuilder } from '../../records/request-builder.ts'
import type { ResourceRow } from '../../records/resources.ts'
import { type IdForm, otlpSpanOf } from '../../traces/otlp-span.ts'
import { spanSizeOf } from '../../traces/span-record.ts'
import type { TenantSpanRow } from '../../traces/span-statement.ts'
import type { StoredTraces } from '../../traces/whole/read-traces.ts'

export type ResourceSpansOptions = Pick<StoredTraces, 'resourceOf'> & {
  readonly id: IdForm
  /** Of several tenants each resource says whose it is. */
  readonly tellTenant: boolean
}

/** Made into text at once; a resource with spans in several chunks stands several times. */
const CHUNK_SPANS_MAX = 500
const CHUNK_BYTES_MAX = 1024 * 1024

/** JSON texts of ResourceSpans, as OTLP/JSON has them but for the form of ids. */
export function* resourceSpans(
  spans: ReadonlyArray<TenantSpanRow>,
  options: ResourceSpansOptions,
): Generator<string, void, undefined> {
  const groups = Map.groupBy(spans, ({ tenant, fingerprint }) => `${fingerprint} ${tenant}`)
  for (const chunk of chunksOf([...groups.values()].flat()))
    for (const one of requestOf(chunk, options)) yield JSON.stringify(one)
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

function requestOf(
  spans: ReadonlyArray<TenantSpanRow>,
  { resourceOf, tellTenant, id }: ResourceSpansOptions,
): ReadonlyArray<unknown> {
  const builder = new RequestBuilder('traces')
  for (const span of spans) {
    const resource = resourceOf(span)
    const shown = tellTenant && resource !== undefined ? ofTenant(resource) : resource
    builder.recordsOf(`${span.fingerprint} ${span.tenant}`, shown, span).push(otlpSpanOf(span, id))
  }
  return builder.build().resourceSpans as ReadonlyArray<unknown>
}

/** The resource with its tenant as one more attribute. */
function ofTenant(row: ResourceRow): ResourceRow {
  const { keys, values, types, tenant } = row
  return { ...row, keys: [...keys, TENANT_LABEL], values: [...values, tenant], types: `${types}s` }
}
