import type { Config } from '../../../config/schema.ts'
import type { QueryLimits } from '../../http/query-limits.ts'
import type { Queries, Run } from '../../sql/queries.ts'
import type { Source } from '../../sql/source.ts'
import type { PointTable } from '../naming/parts.ts'
import type { Translation } from '../naming/translation.ts'
import type { GridSupport } from '../pushdown/support.ts'
import type { ResourceLabels } from './resource-labels.ts'

/** What execution reads from. */
export type PrometheusStore = {
  readonly queries: Queries
  readonly series: Source
  readonly resources: Source
  readonly exemplars: Source
  readonly points: Readonly<Record<PointTable, Source>>
  readonly translation: Translation
  readonly resourceLabels: ResourceLabels
  readonly support: GridSupport
  /** Samples that one statement may aggregate. */
  readonly sliceSamples: number
  readonly limits: Config['query']
  readonly nowMs: () => number
}

/** On whose behalf, as for every statement; a request's limits are known here. */
export type QueryRun = Run & { readonly limits: QueryLimits }

/** One tenant's part of a query: what all its statements share. */
export type TenantRun = {
  readonly store: PrometheusStore
  readonly tenantId: string
  readonly run: QueryRun
}

/** Milliseconds: after `startMs`, up to and with `endMs`. */
export type Interval = { readonly startMs: number; readonly endMs: number }
