import type { AtModifier, Modifiers } from '../ast.ts'
import type { Grid } from '../grid.ts'
import { durationMs, type QueryTimes } from './context.ts'

/** Where a selector looks: at each instant moved by its offset, or at one fixed time. */
export type SelectorTimes = {
  /** The earliest and the latest time it looks at. */
  readonly firstMs: number
  readonly lastMs: number
  /** 0 where the time is fixed. */
  readonly stepMs: number
  readonly offsetMs: number
  readonly fixed: boolean
}

export function selectorTimes({ offset, at }: Modifiers, grid: Grid, times: QueryTimes): SelectorTimes {
  const offsetMs = offset === undefined ? 0 : durationMs(offset, times)
  if (at !== undefined) {
    const timeMs = fixedTime(at, times) - offsetMs
    return { firstMs: timeMs, lastMs: timeMs, stepMs: 0, offsetMs, fixed: true }
  }
  const firstMs = grid.startMs - offsetMs
  return {
    firstMs,
    lastMs: firstMs + grid.stepMs * (grid.count - 1),
    stepMs: grid.stepMs,
    offsetMs,
    fixed: false,
  }
}

/** The time a selector looks at, for an instant of the grid. */
export function evaluatedAt({ firstMs, stepMs }: SelectorTimes, step: number): number {
  return firstMs + stepMs * step
}

/** The time that `@` names. */
export function fixedTime(at: AtModifier, { startMs, endMs }: QueryTimes): number {
  if (at.kind === 'time') return at.timeMs
  return at.kind === 'start' ? startMs : endMs
}
