import { attributeValue } from '../../../sql/conditions.ts'
import { bind, type Fragment, join, sql } from '../../../sql/fragment.ts'
import { boundNumbers, boundTexts } from '../../../sql/lists.ts'
import { LEVEL_LABEL, TENANT_LABEL } from '../labels.ts'
import { detectedLevelSql, isLevelKey } from '../level.ts'
import type { SelectedResource, Selection } from '../selection.ts'
import type { LokiStore } from '../store.ts'

/**
 * Attributes are two thirds of what is read for a label that hardly a row has. `assumed-absent` reads their keys alone: the
 * values are right unless {@link LabelValues.doubt} holds for a row.
 */
export type AttributeReading = 'read' | 'assumed-absent'

/** Resources whose values may be bound beside a statement. */
const RESOURCES_BOUND_MAX = 10_000

/**
 * Values of a row's labels in SQL, as `LabelMapping` and the evaluator's `LineState` make them before any stage has changed
 * a label: the stream's own, else the record's structured metadata, else that of its resource; empty for none.
 */
export class LabelValues {
  readonly #store: LokiStore
  readonly #resources: ReadonlyArray<SelectedResource>
  readonly #severalTenants: boolean
  readonly #known = new Map<string, Fragment | undefined>()
  readonly #reading: AttributeReading
  readonly #assumed = { LogAttributes: [] as Fragment[], ScopeAttributes: [] as Fragment[] }

  constructor(store: LokiStore, selection: Selection, reading: AttributeReading = 'read') {
    this.#store = store
    this.#reading = reading
    const byFingerprint = new Map<string, SelectedResource>()
    for (const resource of selection.resources) byFingerprint.set(resource.fingerprint, resource)
    this.#resources = [...byFingerprint.values()]
    this.#severalTenants = new Set(selection.resources.map(({ tenantId }) => tenantId)).size > 1
  }

  /** Undefined for names whose value SQL can't tell. */
  get(name: string): Fragment | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#make(name))
    return this.#known.get(name)
  }

  /** Of a row: it has an attribute that was assumed to be absent. Undefined if none was. */
  get doubt(): Fragment | undefined {
    const ofMap = (map: 'LogAttributes' | 'ScopeAttributes'): Fragment[] => {
      const tests = this.#assumed[map]
      if (tests.length === 0) return []
      return [sql`arrayExists(k -> ${join(tests, ' OR ')}, mapKeys(${this.#store.logs.column(map)}))`]
    }
    const all = [...ofMap('LogAttributes'), ...ofMap('ScopeAttributes')]
    return all.length === 0 ? undefined : join(all, ' OR ')
  }

  #make(name: string): Fragment | undefined {
    if (this.#severalTenants && name.endsWith(TENANT_LABEL)) return undefined
    if (this.#resources.length > RESOURCES_BOUND_MAX) return undefined
    const stream = this.#resources.flatMap(({ fingerprint, stream: labels }) =>
      pair(fingerprint, labels.get(name)),
    )
    if (stream.length === this.#resources.length) return byResource(this.#store, stream)
    const record = this.#ofRecord(name)
    if (record === undefined) return undefined
    const metadata = this.#resources.flatMap(({ fingerprint, metadata: labels }) =>
      pair(fingerprint, labels.get(name)),
    )
    return firstFilled([
      ...(stream.length === 0 ? [] : [byResource(this.#store, stream)]),
      ...record,
      ...(metadata.length === 0 ? [] : [byResource(this.#store, metadata)]),
    ])
  }

  /** In the order of `LabelMapping.metadataOf`. */
  #ofRecord(name: string): Fragment[] | undefined {
    // Names that a conflict, or a key that begins with no letter, may have made.
    if (name.endsWith('_extracted') || !/^[A-Za-z]/.test(name) || name.startsWith('key_')) return undefined
    const { logs, labels } = this.#store
    const { column } = logs
    const number = (of: string): Fragment => sql`if(${column(of)} = 0, '', toString(${column(of)}))`
    const observed = sql`toUnixTimestamp64Nano(${column('ObservedTimestamp')})`
    const own: Readonly<Record<string, Fragment>> = {
      trace_id: logs.idText('TraceId'),
      span_id: logs.idText('SpanId'),
      severity_text: sql`toString(${column('SeverityText')})`,
      severity_number: number('SeverityNumber'),
      flags: number('TraceFlags'),
      observed_timestamp: sql`if(${observed} = 0, '', toString(${observed}))`,
      event_name: sql`toString(${column('EventName')})`,
      dropped_attributes_count: number('DroppedAttributesCount'),
    }
    // Every record has a level: nothing behind it counts.
    if (name === LEVEL_LABEL && labels.options.derivedLabels)
      return [...this.#attribute('LogAttributes', name), this.#level()]
    const ofScope: Readonly<Record<string, Fragment>> = {
      scope_name: sql`toString(${column('ScopeName')})`,
      scope_version: sql`toString(${column('ScopeVersion')})`,
      scope_dropped_attributes_count: number('ScopeDroppedAttributesCount'),
    }
    return [
      ...(Object.hasOwn(own, name) ? [own[name]!] : []),
      ...this.#attribute('LogAttributes', name),
      ...(Object.hasOwn(ofScope, name) ? [ofScope[name]!] : []),
      ...this.#attribute('ScopeAttributes', name),
    ]
  }

  #level(): Fragment {
    const withAttributes = this.#reading === 'read'
    if (!withAttributes) this.#assumed.LogAttributes.push(isLevelKey(sql`k`))
    return detectedLevelSql(this.#store.logs, { withAttributes })
  }

  /** The first attribute whose key has this name. */
  #attribute(map: 'LogAttributes' | 'ScopeAttributes', name: string): Fragment[] {
    const attributes = this.#store.logs.column(map)
    if (this.#reading === 'assumed-absent') {
      this.#assumed[map].push(hasName(sql`k`, name))
      return []
    }
    if (!name.includes('_')) return [attributeValue(attributes, name)]
    const isNamed = hasName(sql`k`, name)
    return [sql`arrayFirst((v, k) -> ${isNamed}, mapValues(${attributes}), mapKeys(${attributes}))`]
  }
}

type Pair = readonly [fingerprint: string, value: string]

function pair(fingerprint: string, value: string | undefined): Pair[] {
  return value === undefined ? [] : [[fingerprint, value]]
}

/** The value by the row's resource; empty where it has none. */
function byResource({ logs }: LokiStore, pairs: ReadonlyArray<Pair>): Fragment {
  const fingerprints = boundNumbers(pairs.map(([fingerprint]) => fingerprint))
  const values = boundTexts(pairs.map(([, value]) => value))
  return sql`transform(${logs.column('ResourceFingerprint')}, ${fingerprints}, ${values}, '')`
}

/** Of a key: other characters than letters and digits became underscores. */
function hasName(key: Fragment, name: string): Fragment {
  if (!name.includes('_')) return sql`${key} = ${bind('String', name)}`
  return sql`match(${key}, ${bind('String', `^${name.replaceAll('_', '[^a-zA-Z0-9]')}$`)})`
}

function firstFilled(values: ReadonlyArray<Fragment>): Fragment {
  const last = values.at(-1) ?? sql`''`
  if (values.length <= 1) return last
  const tests = values.slice(0, -1).map((value) => sql`${value} != '', ${value}`)
  return sql`multiIf(${join(tests, ', ')}, ${last})`
}
