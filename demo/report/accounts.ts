import type { Account, Ledger } from '../ledger.ts'
import type { Sent } from '../service/sent.ts'
import { type PerSignal, RECORDS, SIGNALS, type Signal, totalOf } from '../signals.ts'
import type { Visits } from '../visitors.ts'
import { say, table } from './terminal.ts'

export function visitsText(visits: Visits, seconds: number): string {
  const statuses = [...visits].sort(([a], [b]) => a - b).map(([status, n]) => `${n} × ${status}`)
  return `${totalOf(visits.values())} HTTP requests in ${seconds.toFixed(1)} s: ${statuses.join(', ')}`
}

/** Three lines: a signal each, with what it consists of. */
export function sentText({ logs, spans, points, series }: Sent): string {
  const kinds = (counts: Sent['logs']): string =>
    Object.entries(counts)
      .map(([kind, n]) => `${n} ${kind}`)
      .join(', ')
  const total = (counts: Sent['logs']): number => totalOf(Object.values(counts))
  return [
    `${total(logs)} log records: ${kinds(logs)}`,
    `${total(spans)} spans: ${kinds(spans)}`,
    `${total(points)} data points of ${total(series)} series of ${Object.keys(series).length} metrics`,
  ].join('\n')
}

/** Sent = stored + dropped, and which rules dropped. */
export function accounts(sent: PerSignal<number>, ledger: Ledger): void {
  const rows = SIGNALS.flatMap((signal) => rowsOf(signal, sent[signal], ledger[signal]))
  table(['signal', 'sent', 'stored', 'dropped', '', 'by'], rows)
  for (const signal of SIGNALS) {
    const others = ledger[signal].received - sent[signal]
    if (others > 0)
      say(`  Others sent ${others} ${RECORDS[signal]} meanwhile, which are in stored and dropped.`)
  }
}

/** What the gateway made itself meanwhile (its own metrics, those of spans) nobody sent, so it is not in stored. */
function rowsOf(signal: Signal, sent: number, account: Account): string[][] {
  const { generated, rejected, dropped } = account
  const stored = account.stored - generated
  const gone = [...dropped, ...(rejected > 0 ? [['rejected', rejected] as const] : [])]
  const [first = ['', ''], ...more] = gone.map(([rule, n]) => [String(n), rule])
  const total = String(totalOf(gone.map(([, n]) => n)))
  return [
    [signal, String(sent), String(stored), total, ...first],
    ...more.map((line) => ['', '', '', '', ...line]),
  ]
}
