import type { ArithmeticOp, CompareOp, Span, TrimOp } from '../ast.ts'
import { FLOAT, type GridSeries, HISTOGRAM } from '../grid.ts'
import { combined, divided, scaled } from '../histogram/arithmetic.ts'
import { sameHistogram } from '../histogram/equal.ts'
import { type Histogram, usesCustomBuckets } from '../histogram/histogram.ts'
import { trimmed } from '../histogram/trim.ts'
import type { Notes } from '../notes.ts'
import { calculate, isTrim } from './arithmetic.ts'

/** One operand or result at one instant. It is filled again and again, so that nothing is made per sample. */
export class Sample {
  kind = FLOAT
  value = 0
  histogram: Histogram | undefined

  setFloat(value: number): this {
    this.kind = FLOAT
    this.value = value
    this.histogram = undefined
    return this
  }

  setHistogram(histogram: Histogram): this {
    this.kind = HISTOGRAM
    this.histogram = histogram
    return this
  }

  set(from: GridSeries, step: number): this {
    if (from.kinds[step] === FLOAT) return this.setFloat(from.values[step]!)
    return this.setHistogram(from.histograms![step]!)
  }

  assign(other: Sample): void {
    this.kind = other.kind
    this.value = other.value
    this.histogram = other.histogram
  }
}

/**
 * Arithmetic and comparisons of two samples. Of a comparison, the result is the left sample, if it holds; `bool` makes it
 * 0 or 1.
 */
export class Operation {
  readonly result = new Sample()
  /** Was there no result only because the comparison does not hold? */
  filtered = false
  readonly #op: ArithmeticOp | CompareOp | TrimOp
  readonly #compares: boolean
  readonly #bool: boolean
  readonly #notes: Notes
  readonly #at: Span

  constructor(
    op: ArithmeticOp | CompareOp | TrimOp,
    compares: boolean,
    bool: boolean,
    notes: Notes,
    at: Span,
  ) {
    this.#op = op
    this.#compares = compares
    this.#bool = bool
    this.#notes = notes
    this.#at = at
  }

  /** Is there a result? It is in `result` then. */
  apply(left: Sample, right: Sample): boolean {
    this.filtered = false
    const op = this.#op
    if (left.kind === FLOAT && right.kind === FLOAT && !isTrim(op)) {
      const value = calculate(op, left.value, right.value)
      return this.#compares ? this.#compared(value === 1, left) : this.#calculated(value)
    }
    if (op === '==' || op === '!=') {
      if (left.kind === HISTOGRAM && right.kind === HISTOGRAM)
        return this.#compared(sameHistogram(left.histogram!, right.histogram!) === (op === '=='), left)
    } else {
      const histogram = this.#ofHistograms(left, right)
      if (histogram === 'refused') return false
      if (histogram !== undefined) {
        this.result.setHistogram(histogram)
        return true
      }
    }
    this.#notes.info(
      `incompatible sample types encountered for binary operator "${op}": ${nameOf(left)} ${op} ${nameOf(right)}`,
      this.#at,
    )
    return false
  }

  #calculated(value: number): true {
    this.result.setFloat(value)
    return true
  }

  #compared(holds: boolean, left: Sample): boolean {
    if (this.#bool) return this.#calculated(Number(holds))
    this.result.assign(left)
    this.filtered = !holds
    return holds
  }

  /** Undefined where the operator knows no such operands; refused where their buckets don't go together. */
  #ofHistograms(left: Sample, right: Sample): Histogram | 'refused' | undefined {
    const op = this.#op
    if (left.kind === HISTOGRAM && right.kind === HISTOGRAM)
      return op === '+' || op === '-' ? this.#sum(left.histogram!, right.histogram!, op) : undefined
    if (isTrim(op))
      return left.kind === HISTOGRAM && right.kind === FLOAT
        ? trimmed(left.histogram!, right.value, op === '</' ? 'below' : 'above')
        : undefined
    if (op === '*')
      return left.kind === HISTOGRAM
        ? scaled(left.histogram!, right.value)
        : scaled(right.histogram!, left.value)
    return op === '/' && left.kind === HISTOGRAM ? divided(left.histogram!, right.value) : undefined
  }

  #sum(left: Histogram, right: Histogram, op: '+' | '-'): Histogram | 'refused' {
    if (usesCustomBuckets(left) !== usesCustomBuckets(right)) {
      this.#notes.mixedBuckets('', this.#at)
      return 'refused'
    }
    const operation = op === '+' ? 'addition' : 'subtraction'
    const { histogram, reconciled, collision } = combined(left, right, op === '+' ? 1 : -1)
    if (reconciled) this.#notes.reconciledBounds(operation, this.#at)
    if (collision) this.#notes.resetCollision(operation, this.#at)
    return op === '+' ? histogram : { ...histogram, hint: 'gauge' }
  }
}

function nameOf({ kind }: Sample): string {
  return kind === FLOAT ? 'float' : 'histogram'
}
