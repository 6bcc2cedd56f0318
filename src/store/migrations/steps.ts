import { configVersions, watermarks } from '../tables/control.ts'
import { createTable } from '../tables/ddl.ts'
import { ledger } from '../tables/ledger.ts'
import { logs } from '../tables/logs.ts'
import { otelLogsView } from '../tables/otel-logs-view.ts'
import { resources } from '../tables/resources.ts'
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
]

/** The schema version that this gateway writes for. */
export const SCHEMA_VERSION = migrations.at(-1)!.version
