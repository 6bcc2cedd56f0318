import type { Case } from '../../../../conformance/ottl/case.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { COLLECTIONS } from './collections.ts'
import { DATA_POINTS, METRICS, SPAN_EVENTS, SPANS } from './contexts.ts'
import { CONVERSIONS } from './conversions.ts'
import { SAMPLES } from './samples.ts'
import { STRINGS } from './strings.ts'
import type { Table } from './table.ts'
import { TIMES } from './times.ts'
import { VALUES } from './values.ts'

type Tables = {
  readonly context: Case['context']
  /** An export request in OTLP/JSON: what they are about. */
  readonly sample: object
  readonly tables: ReadonlyArray<Table>
}

/** All of them. */
export const TABLES: ReadonlyArray<Tables> = [
  {
    context: 'log',
    sample: SAMPLES.log,
    tables: [ARITHMETIC, VALUES, CONVERSIONS, STRINGS, TIMES, COLLECTIONS],
  },
  { context: 'span', sample: SAMPLES.span, tables: [SPANS] },
  { context: 'spanevent', sample: SAMPLES.span, tables: [SPAN_EVENTS] },
  { context: 'metric', sample: SAMPLES.metric, tables: [METRICS] },
  { context: 'datapoint', sample: SAMPLES.metric, tables: [DATA_POINTS] },
]
