import { type Attributes, restoreAttributes } from '../records/attributes.ts'
import { ownerOf, present, type Scope, scopeOf } from '../records/fields.ts'
import type { SeriesDetails, SeriesRow } from './series-statement.ts'

/** By opentelemetry.proto.metrics.v1.AggregationTemporality; nothing is said for 0. */
const TEMPORALITIES: ReadonlyArray<string> = ['', 'delta', 'cumulative']

/** A series (docs/api.md). */
export type SeriesRecord = Attributes & {
  readonly fingerprint: string
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly description: string
  readonly temporality?: string
  /** Of sums only. */
  readonly monotonic?: boolean
  /** UTC days such as 2026-01-31. */
  readonly firstDay: string
  readonly lastDay: string
  readonly service: string
  readonly app: string
  readonly namespace?: string
  readonly pod?: string
  readonly container?: string
  readonly metadata?: Attributes
  readonly scope?: Scope
  readonly retentionDays: number
}

export function seriesRecordOf({ firstDay, lastDay }: SeriesRow, details: SeriesDetails): SeriesRecord {
  const { temporality, metadataKeys, metadataValues, metadataTypes } = details
  return {
    fingerprint: details.series,
    name: details.name,
    type: details.type,
    unit: details.unit,
    description: details.description,
    ...present({ temporality: TEMPORALITIES[temporality] ?? String(temporality) }),
    ...(details.type === 'sum' ? { monotonic: details.monotonic === 1 } : {}),
    firstDay,
    lastDay,
    ...ownerOf(details),
    ...restoreAttributes(details.keys, details.values, details.types),
    ...(metadataKeys.length === 0
      ? {}
      : { metadata: restoreAttributes(metadataKeys, metadataValues, metadataTypes) }),
    ...scopeOf(details),
    retentionDays: details.retentionDays,
  }
}
