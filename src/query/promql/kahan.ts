/** A sum that keeps what its additions lose (Neumaier's variant of Kahan's), as Prometheus sums. */
export class Sum {
  total = 0
  lost = 0

  set(total: number, lost: number): void {
    this.total = total
    this.lost = lost
  }

  add(value: number): void {
    const next = this.total + value
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) this.lost = 0
    else if (Math.abs(this.total) >= Math.abs(value)) this.lost += this.total - next + value
    else this.lost += value - next + this.total
    this.total = next
  }

  get result(): number {
    return this.total + this.lost
  }
}

/** Mean of values that come one by one: of their sum, or carried along once the sum is too large to be held. */
export class Mean {
  readonly #sum = new Sum()
  #count = 0
  #carried = false

  reset(): void {
    this.#sum.set(0, 0)
    this.#count = 0
    this.#carried = false
  }

  add(value: number): void {
    const count = ++this.#count
    const sum = this.#sum
    if (!this.#carried) {
      const { total, lost } = sum
      sum.add(value)
      if (count === 1 || (sum.total !== Number.POSITIVE_INFINITY && sum.total !== Number.NEGATIVE_INFINITY))
        return
      this.#carried = true
      sum.set(total / (count - 1), lost / (count - 1))
    }
    const share = (count - 1) / count
    sum.set(share * sum.total, share * sum.lost)
    sum.add(value / count)
  }

  get result(): number {
    if (this.#carried) return this.#sum.result
    return this.#sum.total / this.#count + this.#sum.lost / this.#count
  }
}
