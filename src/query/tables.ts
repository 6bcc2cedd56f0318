import { queryUsage } from '../store/tables/control.ts'
import { exemplars } from '../store/tables/exemplars.ts'
import { expHistogramSamples } from '../store/tables/exp-histogram-samples.ts'
import { histogramSamples } from '../store/tables/histogram-samples.ts'
import { ledger } from '../store/tables/ledger.ts'
import { logs } from '../store/tables/logs.ts'
import { metricSeries } from '../store/tables/metric-series.ts'
import { resources } from '../store/tables/resources.ts'
import { samples } from '../store/tables/samples.ts'
import { spans } from '../store/tables/spans.ts'
import { summarySamples } from '../store/tables/summary-samples.ts'
import { traceTimes } from '../store/tables/trace-times.ts'

/** What the endpoints read. */
export const READ_TABLES = {
  logs,
  spans,
  traceTimes,
  metricSeries,
  resources,
  ledger,
  samples,
  histogramSamples,
  expHistogramSamples,
  summarySamples,
  exemplars,
  queryUsage,
} as const
