import { setTimeout as delay } from 'node:timers/promises'
import { readRecords, readSeries, readTraces, type StoredRecord, type StoredSeries } from './api.ts'
import { keptOf, type Ledger, readLedger, since } from './ledger.ts'
import { type PerSignal, SIGNALS, totalOf } from './signals.ts'

/** What can be read back of one run of the shop, and what the ledger counted meanwhile. */
export type Stored = {
  readonly ledger: Ledger
  /** Newest first. */
  readonly records: StoredRecord[]
  readonly spans: number
  readonly series: ReadonlyMap<string, StoredSeries[]>
}

export type Run = {
  readonly api: string
  readonly pod: string
  readonly sent: PerSignal<number>
  readonly metrics: ReadonlyArray<string>
  /** The ledger before it. */
  readonly before: Ledger
}

const POLL_MS = 200
/** The SDK has heard OK for all of them by then, so the ledger has counted them. */
const RECEIVED_WITHIN_MS = 1000

/**
 * Waits until every record that was sent is accounted for: read back, dropped by a rule or rejected. Returns what is
 * there by then, or at `deadline` (of `performance.now()`) at the latest: the caller compares. Series come before the
 * log records that were sent after them.
 */
export async function awaitArrival(
  { api, pod, sent, metrics, before }: Run,
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<Stored> {
  const receivedBy = performance.now() + RECEIVED_WITHIN_MS
  for (;;) {
    const ledger = since(before, await readLedger(api))
    const [records, traces] = await Promise.all([readRecords(api, pod), readTraces(api, pod)])
    const spans = totalOf(traces.map((trace) => trace.spans))
    const arrived = SIGNALS.every((name) => ledger[name].received >= sent[name])
    const readable =
      records.length >= keptOf(sent.logs, ledger.logs) && spans >= keptOf(sent.traces, ledger.traces)
    const now = performance.now()
    if ((arrived && readable) || now > (arrived ? deadline : Math.min(receivedBy, deadline))) {
      const series = await Promise.all(
        metrics.map(async (name) => [name, await readSeries(api, pod, name)] as const),
      )
      return { ledger, records, spans, series: new Map(series) }
    }
    await delay(POLL_MS, undefined, { signal })
  }
}
