/** One sum of a commit's ledger. */
type Entry = {
  readonly tenantId: string
  readonly signal: string
  readonly kind: string
  readonly reason: string
  readonly records: number
  readonly bytes: number
}

export type LedgerSum = {
  readonly labels: Readonly<Record<string, string>>
  records: number
  bytes: number
}

/** Sums that are kept; tenants past it are counted together. */
const SUMS_MAX = 5000
const OTHER = 'other'

/** What became of the records of each tenant since the start of the process: sums of the ledger's rows of durable commits. */
export class LedgerSums {
  readonly #sums = new Map<string, LedgerSum>()

  add(entries: ReadonlyArray<Entry>): void {
    for (const entry of entries) {
      const sum = this.#sumOf(entry)
      sum.records += entry.records
      sum.bytes += entry.bytes
    }
  }

  all(): ReadonlyArray<LedgerSum> {
    return [...this.#sums.values()]
  }

  #sumOf({ tenantId, signal, kind, reason }: Entry): LedgerSum {
    const key = [tenantId, signal, kind, reason].join('\0')
    let sum = this.#sums.get(key)
    if (sum !== undefined) return sum
    if (this.#sums.size >= SUMS_MAX && tenantId !== OTHER)
      return this.#sumOf({ tenantId: OTHER, signal, kind, reason, records: 0, bytes: 0 })
    sum = { labels: { tenant: tenantId, signal, kind, reason }, records: 0, bytes: 0 }
    this.#sums.set(key, sum)
    return sum
  }
}
