import { get } from './api.ts'
import { type PerSignal, perSignal, SIGNALS, type Signal, totalOf } from './signals.ts'

/** Counts of weir_records_*_total of one signal, which are the ledger's. */
export type Account = {
  readonly received: number
  readonly generated: number
  readonly stored: number
  readonly rejected: number
  readonly dropped: ReadonlyMap<string, number>
}

export type Ledger = PerSignal<Account>

type Counted = Omit<Account, 'dropped'>

/** Lines of the Prometheus text: name, labels, value. */
const SAMPLE = /^weir_records_(\w+)_total\{(.*)\} (\S+)$/
const SIGNAL = /(?:^|,)signal="(\w+)"/
const REASON = /(?:^|,)reason="((?:[^"\\]|\\.)*)"/

/** The ledger's totals since the gateway started. */
export async function readLedger(api: string): Promise<Ledger> {
  const text = await (await get(`${api}/metrics`)).text()
  const counted = perSignal(() => ({ received: 0, generated: 0, stored: 0, rejected: 0 }))
  const dropped = perSignal(() => new Map<string, number>())
  for (const line of text.split('\n')) {
    const [, kind = '', labels = '', value] = SAMPLE.exec(line) ?? []
    const signal = SIGNALS.find((name) => name === SIGNAL.exec(labels)?.[1])
    if (signal === undefined) continue
    if (kind === 'dropped') dropped[signal].set(REASON.exec(labels)?.[1] ?? '', Number(value))
    else if (kind in counted[signal]) counted[signal][kind as keyof Counted] += Number(value)
  }
  return perSignal((signal) => ({ ...counted[signal], dropped: dropped[signal] }))
}

/** What was counted between two readings. */
export function since(before: Ledger, now: Ledger): Ledger {
  return perSignal((signal) => difference(before[signal], now[signal]))
}

function difference(before: Account, now: Account): Account {
  const dropped = [...now.dropped].map(([rule, n]) => [rule, n - (before.dropped.get(rule) ?? 0)] as const)
  return {
    received: now.received - before.received,
    generated: now.generated - before.generated,
    stored: now.stored - before.stored,
    rejected: now.rejected - before.rejected,
    dropped: new Map(dropped.filter(([, n]) => n > 0).sort(([a], [b]) => a.localeCompare(b))),
  }
}

/** How many of `sent` records must be stored: what no rule dropped and nothing was wrong with. */
export function keptOf(sent: number, { dropped, rejected }: Account): number {
  return sent - totalOf(dropped.values()) - rejected
}

/** Signals whose account does not add up: received + generated = stored + dropped + rejected. */
export function unbalanced(ledger: Ledger): Signal[] {
  return SIGNALS.filter((signal) => {
    const { received, generated, stored, rejected, dropped } = ledger[signal]
    return received + generated !== stored + totalOf(dropped.values()) + rejected
  })
}
