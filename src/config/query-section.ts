import { z } from 'zod'
import { byteSize, flag, wholeNumber, wordOrList } from './fields.ts'
import { prometheusFields } from './prometheus-fields.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const TiB = 2 ** 40
const HOUR_MS = 3_600_000

const queryLimits = {
  timeoutMs: () => wholeNumber({ min: 100, max: HOUR_MS }),
  rowsToReadMax: () => wholeNumber({ min: 1000, max: 1e15 }),
  bytesToReadMax: () => byteSize({ min: MiB, max: 1024 * TiB }),
  memoryBytesMax: () => byteSize({ min: 16 * MiB, max: TiB }),
  resultBytesMax: () => byteSize({ min: MiB, max: 4 * GiB }),
  concurrent: () => wholeNumber({ min: 1, max: 1000 }),
}

const tenantLimits = z.strictObject({
  timeoutMs: queryLimits.timeoutMs().optional(),
  rowsToReadMax: queryLimits.rowsToReadMax().optional(),
  bytesToReadMax: queryLimits.bytesToReadMax().optional(),
  memoryBytesMax: queryLimits.memoryBytesMax().optional(),
  resultBytesMax: queryLimits.resultBytesMax().optional(),
  concurrentMax: queryLimits.concurrent().optional().describe('In place of `query.concurrentPerTenant`.'),
})

/** What one query may cost, and how Loki's and Prometheus' APIs read what is stored. */
export const query = z.strictObject({
  timeoutMs: queryLimits.timeoutMs().prefault(30_000),
  rowsToReadMax: queryLimits.rowsToReadMax().prefault(2_000_000_000),
  bytesToReadMax: queryLimits.bytesToReadMax().prefault('100GiB'),
  memoryBytesMax: queryLimits.memoryBytesMax().prefault('512MiB').describe('Of ClickHouse, for one query.'),
  resultBytesMax: queryLimits.resultBytesMax().prefault('128MiB').describe('Of one answer.'),
  concurrentPerTenant: queryLimits.concurrent().prefault(10),
  concurrentMax: wholeNumber({ min: 1, max: 10_000 }).prefault(50).describe('Of all tenants together.'),
  limitDefault: wholeNumber({ min: 1, max: 1_000_000 })
    .prefault(100)
    .describe('Records per page when a query names no limit.'),
  limitMax: wholeNumber({ min: 1, max: 1_000_000 }).prefault(10_000),
  tryRowsMax: wholeNumber({ min: 1000, max: 100_000_000 })
    .prefault(200_000)
    .describe(
      'Stored records that rules are tried on at most; of more, every part of the range has its share.',
    ),
  tryConcurrentMax: wholeNumber({ min: 1, max: 100 })
    .prefault(1)
    .describe('Trials of rules that run at once, of all tenants together.'),
  streamLabels: wordOrList(['default', 'all'], { expected: 'resource attributes', lengthMax: 256 })
    .prefault('default')
    .describe(
      "Resource attributes that are stream labels in Loki's API: those that Loki takes by default, all, or a list of names. The others are structured metadata.",
    ),
  labelAliases: flag()
    .prefault(true)
    .describe('Selectors also know namespace, pod, container, node, cluster and app.'),
  derivedLabels: flag()
    .prefault(true)
    .describe('A service_name for streams without service.name, and detected_level, as Loki makes them.'),
  ...prometheusFields,
  tenants: z
    .record(z.string(), tenantLimits)
    .prefault({})
    .describe('Other limits for single tenants. A query of several has the smallest of each.'),
})
