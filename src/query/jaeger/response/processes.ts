import { TENANT_LABEL } from '../../loki/execute/labels.ts'
import type { ResourceRow } from '../../records/resources.ts'
import type { TenantSpanRow } from '../../traces/span-statement.ts'
import { shownService } from '../service-name.ts'
import { stringTag, type Tag, tagsOf } from './tags.ts'

export type Process = { readonly serviceName: string; readonly tags: ReadonlyArray<Tag> }

const SERVICE_NAME = 'service.name'

/** The resources of one trace's spans, each told once. */
export class Processes {
  readonly #resourceOf: (span: TenantSpanRow) => ResourceRow | undefined
  /** Of several tenants each process says whose it is. */
  readonly #tellTenant: boolean
  readonly #ids = new Map<string, string>()
  readonly #processes: Record<string, Process> = {}

  constructor(resourceOf: (span: TenantSpanRow) => ResourceRow | undefined, tellTenant: boolean) {
    this.#resourceOf = resourceOf
    this.#tellTenant = tellTenant
  }

  get all(): Readonly<Record<string, Process>> {
    return this.#processes
  }

  /** The id of the span's process. */
  idOf(span: TenantSpanRow): string {
    const key = `${span.fingerprint} ${span.tenant}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = `p${this.#ids.size + 1}`
    this.#ids.set(key, id)
    this.#processes[id] = this.#make(span)
    return id
  }

  #make(span: TenantSpanRow): Process {
    const resource = this.#resourceOf(span)
    const tags = resource === undefined ? [] : tagsOf(resource.keys, resource.values, resource.types)
    return {
      serviceName: shownService(span.service),
      tags: [
        ...tags.filter(({ key }) => key !== SERVICE_NAME),
        ...(this.#tellTenant ? [stringTag(TENANT_LABEL, span.tenant)] : []),
      ],
    }
  }
}
