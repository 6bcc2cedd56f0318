import { configVersions, queryUsage, watermarks } from '../tables/control.ts'
import { alterTable, createTable } from '../tables/ddl.ts'
import { exemplars } from '../tables/exemplars.ts'
import { expHistogramSamples } from '../tables/exp-histogram-samples.ts'
import { histogramSamples } from '../tables/histogram-samples.ts'
import { ledger } from '../tables/ledger.ts'
import { logs } from '../tables/logs.ts'
import { metricSeries } from '../tables/metric-series.ts'
import { otelLogsView } from '../tables/otel-logs-view.ts'
import { otelMetricsViews } from '../tables/otel-metrics-views.ts'
import { otelTracesViews } from '../tables/otel-traces-views.ts'
import { resources } from '../tables/resources.ts'
import { samples } from '../tables/samples.ts'
import { spans } from '../tables/spans.ts'
import { summarySamples } from '../tables/summary-samples.ts'
import { traceTimes } from '../tables/trace-times.ts'
import type { Migration } from './migration.ts'

/**
 * Every step there is, in order. How to change the schema: docs/adr/0002-schema.md. A column or index is added by
 * `since: <version>` in its table and a step that renders `alterTable`; a step that shipped is never edited.
 */
export const migrations: ReadonlyArray<Migration> = [
  {
    version: 1,
    name: 'logs, resources, ledger, watermarks, config versions',
    statements: (target) => [
      ...createTable(resources, target, 1),
      ...createTable(logs, target, 1),
      ...createTable(ledger, target, 1),
      ...createTable(watermarks, target, 1),
      ...createTable(configVersions, target, 1),
      ...otelLogsView(target),
    ],
  },
  {
    version: 2,
    name: 'spans, metrics',
    statements: (target) => [
      ...createTable(spans, target, 2),
      ...createTable(traceTimes, target, 2),
      ...createTable(metricSeries, target, 2),
      ...createTable(samples, target, 2),
      ...createTable(histogramSamples, target, 2),
      ...createTable(expHistogramSamples, target, 2),
      ...createTable(summarySamples, target, 2),
      ...createTable(exemplars, target, 2),
      ...otelTracesViews(target),
      ...otelMetricsViews(target),
    ],
  },
  {
    version: 3,
    name: 'names that queries used',
    statements: (target) => createTable(queryUsage, target, 3),
  },
  {
    version: 4,
    name: 'rules in the ledger',
    statements: (target) => alterTable(ledger, target, 4),
  },
]

/** The schema version that this gateway writes for. */
export const SCHEMA_VERSION = migrations.at(-1)!.version
