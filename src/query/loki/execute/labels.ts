import type { Config } from '../../../config/schema.ts'
import type { Labels } from '../../logql/record.ts'
import { detectedLevel } from './level.ts'

/**
 * Stored rows as Loki labels them, in one place. What Loki does with OTLP is the model: some resource attributes are labels
 * of the stream, everything else that a record carries is structured metadata, names are written with underscores.
 */
export type LabelOptions = Pick<Config['query'], 'streamLabels' | 'labelAliases' | 'derivedLabels'>

/** What Loki takes as stream labels of OTLP, if nobody configures anything else. */
export const DEFAULT_STREAM_ATTRIBUTES: ReadonlyArray<string> = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
]

export const SERVICE_NAME = 'service_name'
export const TENANT_LABEL = '__tenant_id__'
export const LEVEL_LABEL = 'detected_level'
const UNKNOWN_SERVICE = 'unknown_service'
/** Stream labels that stand in for a missing service.name, the first that is there. */
const SERVICE_NAME_FALLBACKS = [
  'service',
  'app',
  'application',
  'app_name',
  'name',
  'app_kubernetes_io_name',
  'container',
  'container_name',
  'k8s_container_name',
  'component',
  'workload',
  'job',
  'k8s_job_name',
]

/** Short names that selectors know beside the stream's own labels. */
export const ALIASES = ['namespace', 'pod', 'container', 'node', 'cluster', 'app'] as const
export type Alias = (typeof ALIASES)[number]
export const ALIAS_ATTRIBUTES: Readonly<Record<Exclude<Alias, 'app'>, ReadonlyArray<string>>> = {
  namespace: ['k8s.namespace.name'],
  pod: ['k8s.pod.name'],
  container: ['k8s.container.name', 'container.name'],
  node: ['k8s.node.name'],
  cluster: ['k8s.cluster.name'],
}

/** An attribute's key as a label's name. */
export function labelName(key: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) return key
  const name = key.replace(/[^A-Za-z0-9_]/gu, '_')
  if (/^[0-9]/.test(name)) return `key_${name}`
  return name.startsWith('_') && !name.startsWith('__') ? `key${name}` : name
}

/** The same keys come record after record. Bounded: what does not fit is computed again. */
const names = new Map<string, string>()
const NAMES_MAX = 10_000

function nameOf(key: string): string {
  let name = names.get(key)
  if (name === undefined) {
    name = labelName(key)
    if (names.size < NAMES_MAX) names.set(key, name)
  }
  return name
}

/** What of a stored resource decides about labels. */
export type ResourceFacts = {
  readonly appId: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly dropped: number
}

/** What of a stored row decides about labels. Absent ids are empty, an absent time is '0'. */
export type RowFacts = {
  readonly body: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly scopeName: string
  readonly scopeVersion: string
  readonly scopeKeys: ReadonlyArray<string>
  readonly scopeValues: ReadonlyArray<string>
  readonly scopeDropped: number
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly severityNumber: number
  readonly severityText: string
  /** Nanoseconds. */
  readonly observedTime: string
  readonly eventName: string
  readonly dropped: number
}

export type ResourceLabels = {
  readonly stream: Labels
  /** Of its attributes that are no stream labels. */
  readonly metadata: Labels
  /** Values of the short names, those that are not empty. */
  readonly aliases: ReadonlyMap<string, string>
}

/**
 * Of attributes whose keys have the same name, the first counts; an empty value is no label. `put` is called for each name
 * at most once.
 */
function eachAttribute(
  keys: ReadonlyArray<string>,
  values: ReadonlyArray<string>,
  put: (name: string, value: string, key: string) => void,
): void {
  let empty: Set<string> | undefined
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const value = values[i]!
    const name = nameOf(key)
    if (empty?.has(name)) continue
    if (value !== '') put(name, value, key)
    else empty = (empty ?? new Set()).add(name)
  }
}

const putNew = (labels: Map<string, string>) => (name: string, value: string) => {
  if (!labels.has(name)) labels.set(name, value)
}

export class LabelMapping {
  readonly options: LabelOptions
  readonly #streamKeys: ReadonlySet<string> | undefined

  constructor(options: LabelOptions) {
    this.options = options
    const { streamLabels } = options
    if (streamLabels !== 'all')
      this.#streamKeys = new Set(streamLabels === 'default' ? DEFAULT_STREAM_ATTRIBUTES : streamLabels)
  }

  isStreamAttribute(key: string): boolean {
    return this.#streamKeys === undefined || this.#streamKeys.has(key)
  }

  /** Attributes that can give this stream label; undefined if that can't be said beforehand. */
  attributesOf(label: string): ReadonlyArray<string> | undefined {
    return this.#streamKeys === undefined
      ? undefined
      : [...this.#streamKeys].filter((key) => labelName(key) === label)
  }

  ofResource(
    { appId, keys, values, dropped }: ResourceFacts,
    tenantLabel: string | undefined,
  ): ResourceLabels {
    const stream = new Map<string, string>()
    const metadata = new Map<string, string>()
    eachAttribute(keys, values, (name, value, key) => {
      const labels = this.isStreamAttribute(key) ? stream : metadata
      if (!labels.has(name)) labels.set(name, value)
    })
    if (dropped !== 0) putNew(metadata)('resource_dropped_attributes_count', String(dropped))
    if (this.options.derivedLabels && !stream.has(SERVICE_NAME)) {
      const fallback = SERVICE_NAME_FALLBACKS.find((name) => stream.has(name))
      stream.set(SERVICE_NAME, fallback === undefined ? UNKNOWN_SERVICE : stream.get(fallback)!)
    }
    if (tenantLabel !== undefined) {
      const own = stream.get(TENANT_LABEL)
      if (own !== undefined) stream.set(`original_${TENANT_LABEL}`, own)
      stream.set(TENANT_LABEL, tenantLabel)
    }
    return { stream, metadata, aliases: this.#aliases(appId, keys, values) }
  }

  #aliases(
    appId: string,
    keys: ReadonlyArray<string>,
    values: ReadonlyArray<string>,
  ): ReadonlyMap<string, string> {
    const aliases = new Map<string, string>()
    if (!this.options.labelAliases) return aliases
    if (appId !== '') aliases.set('app', appId)
    for (const [alias, attributes] of Object.entries(ALIAS_ATTRIBUTES))
      for (const attribute of attributes) {
        const value = values[keys.indexOf(attribute)] ?? ''
        if (value !== '' && !aliases.has(alias)) aliases.set(alias, value)
      }
    return aliases
  }

  /**
   * Structured metadata. Of one name, the record's own fields come before its attributes, these before the scope, and that
   * before the resource.
   */
  metadataOf(row: RowFacts, resource: Labels): Labels {
    const labels = new Map<string, string>()
    if (row.traceId !== '') labels.set('trace_id', row.traceId)
    if (row.spanId !== '') labels.set('span_id', row.spanId)
    if (row.severityText !== '') labels.set('severity_text', row.severityText)
    if (row.severityNumber !== 0) labels.set('severity_number', String(row.severityNumber))
    if (row.flags !== 0) labels.set('flags', String(row.flags))
    if (row.observedTime !== '0') labels.set('observed_timestamp', row.observedTime)
    if (row.eventName !== '') labels.set('event_name', row.eventName)
    if (row.dropped !== 0) labels.set('dropped_attributes_count', String(row.dropped))
    const put = putNew(labels)
    if (row.keys.length > 0) eachAttribute(row.keys, row.values, put)
    if (this.options.derivedLabels && !labels.has(LEVEL_LABEL)) labels.set(LEVEL_LABEL, detectedLevel(row))
    if (row.scopeName !== '') put('scope_name', row.scopeName)
    if (row.scopeVersion !== '') put('scope_version', row.scopeVersion)
    if (row.scopeDropped !== 0) put('scope_dropped_attributes_count', String(row.scopeDropped))
    if (row.scopeKeys.length > 0) eachAttribute(row.scopeKeys, row.scopeValues, put)
    resource.forEach((value, name) => {
      put(name, value)
    })
    return labels
  }
}
