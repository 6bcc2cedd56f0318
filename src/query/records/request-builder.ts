import type { Signal } from '../../otlp/batch.ts'
import type { OtlpJson } from '../../otlp/json/record-json.ts'
import { present, type ScopeColumns } from './fields.ts'
import { storedAttributes } from './otlp-values.ts'
import type { ResourceRow } from './resources.ts'

/** Of a signal: the lists that its records stand in, from the outermost in. */
const LISTS: Readonly<Record<Signal, readonly [string, string, string]>> = {
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
}

/** Puts records back under their resources and scopes. */
export class RequestBuilder {
  readonly #lists: readonly [string, string, string]
  readonly #resources: OtlpJson[] = []
  readonly #scopesOf = new Map<string, OtlpJson[]>()
  readonly #records = new Map<string, OtlpJson[]>()

  constructor(signal: Signal) {
    this.#lists = LISTS[signal]
  }

  /** The records of a scope of a resource, to be added to. */
  recordsOf(fingerprint: string, resource: ResourceRow | undefined, scope: ScopeColumns): OtlpJson[] {
    const key = `${fingerprint}\0${scopeKey(scope)}`
    let records = this.#records.get(key)
    if (records === undefined) {
      records = []
      this.#records.set(key, records)
      const { scopeSchemaUrl: schemaUrl } = scope
      this.#scopes(fingerprint, resource).push({
        scope: scopeJson(scope),
        ...present({ schemaUrl }),
        [this.#lists[2]]: records,
      })
    }
    return records
  }

  build(): OtlpJson {
    return { [this.#lists[0]]: this.#resources }
  }

  #scopes(fingerprint: string, resource: ResourceRow | undefined): OtlpJson[] {
    let scopes = this.#scopesOf.get(fingerprint)
    if (scopes === undefined) {
      scopes = []
      this.#scopesOf.set(fingerprint, scopes)
      this.#resources.push({ ...resourceJson(resource), [this.#lists[1]]: scopes })
    }
    return scopes
  }
}

function resourceJson(row: ResourceRow | undefined): OtlpJson {
  if (row === undefined) return { resource: {} }
  const { schemaUrl, dropped: droppedAttributesCount } = row
  return {
    resource: {
      attributes: storedAttributes(row.keys, row.values, row.types),
      ...present({ droppedAttributesCount }),
    },
    ...present({ schemaUrl }),
  }
}

function scopeKey({ scopeName, scopeVersion, scopeSchemaUrl, ...rest }: ScopeColumns): string {
  const { scopeKeys, scopeValues, scopeTypes, scopeDropped } = rest
  const names = `${scopeName}\0${scopeVersion}\0${scopeSchemaUrl}\0${scopeTypes}\0${scopeDropped}`
  return scopeKeys.length === 0 ? names : `${names}\0${JSON.stringify([scopeKeys, scopeValues])}`
}

function scopeJson(row: ScopeColumns): OtlpJson {
  const { scopeName: name, scopeVersion: version, scopeDropped: droppedAttributesCount } = row
  return {
    ...present({ name, version, droppedAttributesCount }),
    attributes: storedAttributes(row.scopeKeys, row.scopeValues, row.scopeTypes),
  }
}
