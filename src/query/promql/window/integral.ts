import type { Span } from '../ast.ts'
import { Sum } from '../kahan.ts'
import type { Notes } from '../notes.ts'
import { ofFloats } from './over-time.ts'
import type { Kernel } from './window.ts'

/** Which height a stretch between two samples has: of the one before, of the one behind, or of their middle. */
const LEFT = 0
const RIGHT = 1
const TRAPEZOID = 2

/** integral: the area under the samples, in their unit times seconds. NaN counts as 0. `strategies` has a place per instant. */
export function integralKernel(
  strategies: Float64Array | undefined,
  notes: Notes,
  at: Span,
  strategyAt: Span | undefined,
): Kernel {
  const area = new Sum()
  return ofFloats(notes, at, ({ timesMs, values, from, to, step }) => {
    const strategy = strategies?.[step] ?? TRAPEZOID
    const known = strategy === LEFT || strategy === RIGHT || strategy === TRAPEZOID
    if (!known && strategyAt !== undefined) notes.invalidStrategy(strategy, strategyAt)
    area.set(0, 0)
    for (let i = from + 1; i < to; i++) {
      const left = strategy === RIGHT ? 0 : heightOf(values[i - 1]!)
      const right = strategy === LEFT ? 0 : heightOf(values[i]!)
      const seconds = (timesMs[i]! - timesMs[i - 1]!) / 1000
      const share = strategy === LEFT || strategy === RIGHT ? seconds : seconds / 2
      // One by one: their sum may be too large, and what it would round away counts.
      if (left !== 0) area.add(left * share)
      if (right !== 0) area.add(right * share)
    }
    const { total, result } = area
    return total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY ? total : result
  })
}

function heightOf(value: number): number {
  return Number.isNaN(value) ? 0 : value
}
