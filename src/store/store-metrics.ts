import type { Logger } from '../telemetry/logger.ts'
import type { Cell, Metrics } from '../telemetry/metrics.ts'
import type { LedgerSums } from '../telemetry/own-metrics/ledger-sums.ts'
import { DatabaseError } from './database.ts'
import type { SpoolStore } from './spool-store.ts'
import type { StoreEvents } from './store-events.ts'
import type { LedgerEntry } from './tables/rows.ts'

/** Counts and logs what the store tells. */
export function storeEvents(metrics: Metrics, ledger: LedgerSums, log: Logger): StoreEvents {
  return {
    torn: (file, bytes) =>
      log.warn({ file, bytes }, 'the torn end of a write was cut off; its requests were never answered'),
    failed: (message, error) => {
      // A retry under way is no news at every attempt; the failures are counted.
      if (error === undefined) log.debug(message)
      else log.warn({ err: error, ...(error instanceof DatabaseError ? { code: error.code } : {}) }, message)
    },
    attempted: (table, result, rows, seconds) => {
      metrics.inserterAttempts.cell(table).value++
      metrics.inserterSeconds.observe(seconds, table)
      if (result === 'stored') metrics.inserterRows.cell(table).value += rows
      else metrics.inserterFailures.cell(table, result).value++
    },
    presenceChecked: (table, result) => {
      metrics.inserterPresenceChecks.cell(result).value++
      if (result !== 'some') return
      metrics.inserterPartialGroups.cell().value++
      log.error({ table }, 'only part of the rows of one insert are in ClickHouse; each block is looked at')
    },
    quarantined: ({ table, partition, rows, commit, index }, reason) => {
      metrics.blocksQuarantined.cell(table).value++
      log.error(
        { table, partition, rows, commit, index, reason },
        'a block was set aside: ClickHouse refuses it',
      )
    },
    committed: (entries) => {
      metrics.commits.cell('durable').value++
      ledger.add(entries)
      for (const entry of entries) {
        const cell = recordsCell(metrics, entry)
        if (cell !== undefined) cell.value += entry.records
      }
    },
    refused: () => {
      metrics.commits.cell('refused').value++
    },
    written: ({ bytes, seconds }) => {
      metrics.commitBytes.cell().value += bytes
      metrics.commitFsyncSeconds.observe(seconds)
    },
    clockCorrected: (signal, records) => {
      if (records > 0) metrics.clockCorrections.cell(signal, 'future').value += records
    },
  }
}

function recordsCell(metrics: Metrics, { signal, kind, reason }: LedgerEntry): Cell | undefined {
  switch (kind) {
    case 'received':
      return metrics.recordsReceived.cell(signal)
    case 'generated':
      return metrics.recordsGenerated.cell(signal)
    case 'stored':
      return metrics.recordsStored.cell(signal)
    case 'dropped':
      return metrics.recordsDropped.cell(signal, reason)
    case 'rejected':
      return metrics.recordsRejected.cell(signal, reason)
    case 'dry_run':
      return undefined
  }
}

/** Gauges that are read from the store at each scrape. */
export function watchStore(metrics: Metrics, store: SpoolStore, nowMs: () => number): void {
  metrics.spoolBytes.onScrape((family) => {
    family.cell().value = store.stats.spoolBytes
  })
  metrics.spoolSegments.onScrape((family) => {
    family.cell().value = store.stats.segments
  })
  metrics.spoolDiskFreeBytes.onScrape((family) => {
    family.cell().value = store.stats.freeBytes
  })
  metrics.spoolOldestSeconds.onScrape((family) => {
    family.cell().value = Math.max(0, nowMs() - store.watermark.oldestTimeMs) / 1000
  })
  metrics.inserterGroupsOpen.onScrape((family) => {
    family.cell().value = store.stats.groupsRunning
  })
  metrics.watermarkLagSeconds.onScrape((family) => {
    const { watermarkPublishedMs } = store.stats
    family.cell().value = watermarkPublishedMs === 0 ? 0 : Math.max(0, nowMs() - watermarkPublishedMs) / 1000
  })
}
