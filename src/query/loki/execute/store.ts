import type { Queries } from '../../sql/queries.ts'
import type { Source } from '../../sql/source.ts'
import type { GroupedAttributes } from './grouped-attributes.ts'
import type { LabelMapping } from './labels.ts'

/** What execution reads from. */
export type LokiStore = {
  readonly queries: Queries
  readonly logs: Source
  readonly resources: Source
  readonly labels: LabelMapping
  readonly groupedAttributes: GroupedAttributes
}
