/** A row per tenant and outcome: few, since they are per rule and not per record. */
const OUTCOMES = 0x10000

/**
 * Records and bytes that rules under `dryRun` would have dropped of one batch, per tenant and outcome. They are in no
 * balance: the records themselves are stored, or dropped by others.
 */
export class DryRunCounts {
  readonly #rows = new Map<number, number>()
  #keys: number[] = []
  #records = new Float64Array(4)
  #bytes = new Float64Array(4)
  #lastKey = -1
  #lastRow = 0

  /** How many pairs of tenant and outcome there are. */
  get count(): number {
    return this.#keys.length
  }

  /** One record of a tenant (its index in `batch.tenants`). Runs of the same, the usual case, cost no look-up. */
  add(tenant: number, outcome: number, bytes: number): void {
    const key = tenant * OUTCOMES + outcome
    const row = key === this.#lastKey ? this.#lastRow : this.#rowOf(key)
    this.#records[row]!++
    this.#bytes[row]! += bytes
  }

  tenant(row: number): number {
    return Math.floor(this.#keys[row]! / OUTCOMES)
  }

  outcome(row: number): number {
    return this.#keys[row]! % OUTCOMES
  }

  records(row: number): number {
    return this.#records[row]!
  }

  bytes(row: number): number {
    return this.#bytes[row]!
  }

  reset(): void {
    if (this.#keys.length === 0) return
    this.#records.fill(0, 0, this.#keys.length)
    this.#bytes.fill(0, 0, this.#keys.length)
    this.#rows.clear()
    this.#keys = []
    this.#lastKey = -1
  }

  #rowOf(key: number): number {
    let row = this.#rows.get(key)
    if (row === undefined) {
      row = this.#keys.push(key) - 1
      this.#rows.set(key, row)
      if (row === this.#records.length) this.#grow()
    }
    this.#lastKey = key
    this.#lastRow = row
    return row
  }

  #grow(): void {
    const [records, bytes] = [this.#records, this.#bytes]
    this.#records = new Float64Array(2 * records.length)
    this.#bytes = new Float64Array(2 * bytes.length)
    this.#records.set(records)
    this.#bytes.set(bytes)
  }
}
