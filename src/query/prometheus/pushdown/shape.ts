import type { GridRequest } from '../../promql/source.ts'
import type { Interval } from '../execute/store.ts'

/** The windows of a request in milliseconds: window `k` is (endMs(k) - rangeMs, endMs(k)]. */
export type Windows = {
  readonly firstMs: number
  /** Above 0, also of a single window. */
  readonly stepMs: number
  readonly count: number
  readonly rangeMs: number
}

export function windowsOf({ grid, offsetMs, rangeMs }: GridRequest): Windows {
  const { startMs, stepMs, count } = grid
  return { firstMs: startMs - offsetMs, stepMs: Math.max(stepMs, 1), count, rangeMs }
}

export function lastMs({ firstMs, stepMs, count }: Windows): number {
  return firstMs + stepMs * (count - 1)
}

/** What any of the windows sees. */
export function seen(windows: Windows): Interval {
  return { startMs: windows.firstMs - windows.rangeMs, endMs: lastMs(windows) }
}
