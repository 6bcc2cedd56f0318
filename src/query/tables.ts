import { ledger } from '../store/tables/ledger.ts'
import { logs } from '../store/tables/logs.ts'
import { metricSeries } from '../store/tables/metric-series.ts'
import { resources } from '../store/tables/resources.ts'
import { spans } from '../store/tables/spans.ts'
import { traceTimes } from '../store/tables/trace-times.ts'

/** What the endpoints read. */
export const READ_TABLES = { logs, spans, traceTimes, metricSeries, resources, ledger } as const
