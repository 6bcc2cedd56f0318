import { type Batch, KEPT } from '../../otlp/batch.ts'
import type { Outcomes, RuleIdentity } from '../../otlp/outcomes.ts'
import { RECORD, RESOURCE } from '../../otlp/slots.ts'
import type { LedgerEntry } from '../tables/rows.ts'

type Total = { records: number; bytes: number }
const VERDICTS = 0x10000
const NO_RULE: RuleIdentity = { position: '', id: '' }

/**
 * What became of the records of one commit, per tenant, signal and reason: the rows of `weir.ledger` that ride in
 * the commit record and are therefore as exact as the rows they count.
 */
export class LedgerTotals {
  readonly #outcomes: Outcomes
  readonly #entries = new Map<string, { entry: Omit<LedgerEntry, 'records' | 'bytes'>; total: Total }>()

  constructor(outcomes: Outcomes) {
    this.#outcomes = outcomes
  }

  /**
   * Counts a batch whose verdicts are final. Asserts, at this boundary, that received + generated = stored +
   * dropped + rejected. `origin` says whether its records came from a sender or were made here.
   */
  add(batch: Batch, storedRows: number, origin: 'received' | 'generated' = 'received'): void {
    const counted = countVerdicts(batch)
    let came = 0
    let stored = 0
    for (const [key, total] of counted) {
      const tenantId = batch.tenants[Math.floor(key / VERDICTS)]!
      const verdict = key % VERDICTS
      came += total.records
      this.#count(tenantId, batch.signal, origin, '', total)
      if (verdict === KEPT) {
        stored += total.records
        this.#count(tenantId, batch.signal, 'stored', '', total)
      } else this.#countOutcome(tenantId, batch.signal, verdict, total)
    }
    this.#addDryRun(batch)
    if (came !== batch.records.count || stored !== storedRows)
      throw new Error(
        `BUG: the ledger does not balance: ${came} of ${batch.records.count} ${origin}, ${stored} of ${storedRows} stored`,
      )
  }

  /** Rules under `dryRun` change no balance: they have a kind of their own. */
  #addDryRun({ dryRun, signal, tenants }: Batch): void {
    for (let row = 0; row < dryRun.count; row++) {
      const total = { records: dryRun.records(row), bytes: dryRun.bytes(row) }
      this.#countOutcome(tenants[dryRun.tenant(row)]!, signal, dryRun.outcome(row), total, 'dry_run')
    }
  }

  #countOutcome(
    tenantId: string,
    signal: string,
    outcome: number,
    total: Total,
    as?: LedgerEntry['kind'],
  ): void {
    const { kind, reason, rule } = this.#outcomes.get(outcome)
    this.#count(tenantId, signal, as ?? kind, reason, total, rule)
  }

  entries(): LedgerEntry[] {
    return [...this.#entries.values()].map(({ entry, total }) => ({ ...entry, ...total }))
  }

  #count(
    tenantId: string,
    signal: string,
    kind: LedgerEntry['kind'],
    reason: string,
    { records, bytes }: Total,
    { position: rule, id: ruleId } = NO_RULE,
  ): void {
    const key = `${tenantId}\0${signal}\0${kind}\0${reason}\0${ruleId}\0${rule}`
    let known = this.#entries.get(key)
    if (known === undefined) {
      known = { entry: { tenantId, signal, kind, reason, rule, ruleId }, total: { records: 0, bytes: 0 } }
      this.#entries.set(key, known)
    }
    known.total.records += records
    known.total.bytes += bytes
  }
}

/** Records and bytes by tenant index * VERDICTS + verdict. Runs of equal keys, the usual case, cost no look-up. */
function countVerdicts(batch: Batch): Map<number, Total> {
  const counted = new Map<number, Total>()
  const { count, stride, data } = batch.records
  const resources = batch.resources.data
  let lastKey = -1
  let total: Total | undefined
  for (let i = 0, base = 0; i < count; i++, base += stride) {
    const tenant = resources[data[base + RECORD.resource]! * RESOURCE.stride + RESOURCE.tenant]!
    const key = tenant * VERDICTS + batch.verdicts[i]!
    if (key !== lastKey || total === undefined) {
      lastKey = key
      total = counted.get(key)
      if (total === undefined) {
        total = { records: 0, bytes: 0 }
        counted.set(key, total)
      }
    }
    total.records++
    total.bytes += data[base + RECORD.wireBytes]!
  }
  return counted
}
