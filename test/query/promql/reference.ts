/** PromQL by its documentation, instant by instant and sample by sample: slow, and without a thought shared with src. */

export type Sample = { readonly timeMs: number; readonly value: number | 'stale' }
export type Series = {
  readonly labels: Readonly<Record<string, string>>
  readonly samples: ReadonlyArray<Sample>
}
type Float = { readonly timeMs: number; readonly value: number }

/** The newest sample in (t - lookback, t], unless it is a staleness marker. */
export function newest({ samples }: Series, t: number, lookbackMs: number): number | undefined {
  const inside = samples.filter(({ timeMs }) => timeMs > t - lookbackMs && timeMs <= t)
  const last = inside.at(-1)?.value
  return last === 'stale' ? undefined : last
}

/** The samples in (from, to] that are no staleness markers. */
export function inWindow({ samples }: Series, from: number, to: number): Float[] {
  return samples.filter(
    (sample): sample is Float => sample.value !== 'stale' && sample.timeMs > from && sample.timeMs <= to,
  )
}

export type WindowFunction = (window: ReadonlyArray<Float>, from: number, to: number) => number | undefined

/** The documented definition of extrapolation: to the edge if it is near, else by half a step, and not below zero. */
function extrapolated(
  window: ReadonlyArray<Float>,
  from: number,
  to: number,
  counter: boolean,
): number | undefined {
  if (window.length < 2) return undefined
  const first = window[0]!
  const last = window.at(-1)!
  let increase = last.value - first.value
  if (counter)
    window.forEach(({ value }, i) => {
      if (i > 0 && value < window[i - 1]!.value) increase += window[i - 1]!.value
    })
  const covered = last.timeMs - first.timeMs
  const step = covered / (window.length - 1)
  let before = first.timeMs - from
  if (before >= step * 1.1) before = step / 2
  if (counter && increase > 0 && first.value >= 0)
    before = Math.min(before, (covered * first.value) / increase)
  let after = to - last.timeMs
  if (after >= step * 1.1) after = step / 2
  return (increase * (covered + before + after)) / covered
}

export const WINDOW_FUNCTIONS: Readonly<Record<string, WindowFunction>> = {
  increase: (window, from, to) => extrapolated(window, from, to, true),
  rate: (window, from, to) => {
    const increase = extrapolated(window, from, to, true)
    return increase === undefined ? undefined : increase / ((to - from) / 1000)
  },
  delta: (window, from, to) => extrapolated(window, from, to, false),
  irate: (window) => {
    if (window.length < 2) return undefined
    const [previous, last] = [window.at(-2)!, window.at(-1)!]
    const grown = last.value < previous.value ? last.value : last.value - previous.value
    return grown / ((last.timeMs - previous.timeMs) / 1000)
  },
  idelta: (window) => (window.length < 2 ? undefined : window.at(-1)!.value - window.at(-2)!.value),
  changes: (window) => {
    if (window.length === 0) return undefined
    return window.filter(({ value }, i) => i > 0 && value !== window[i - 1]!.value).length
  },
  resets: (window) => {
    if (window.length === 0) return undefined
    return window.filter(({ value }, i) => i > 0 && value < window[i - 1]!.value).length
  },
  sum_over_time: (window) => (window.length === 0 ? undefined : total(window)),
  avg_over_time: (window) => (window.length === 0 ? undefined : total(window) / window.length),
  min_over_time: (window) =>
    window.length === 0 ? undefined : Math.min(...window.map(({ value }) => value)),
  max_over_time: (window) =>
    window.length === 0 ? undefined : Math.max(...window.map(({ value }) => value)),
  count_over_time: (window) => (window.length === 0 ? undefined : window.length),
  last_over_time: (window) => window.at(-1)?.value,
  first_over_time: (window) => window[0]?.value,
  present_over_time: (window) => (window.length === 0 ? undefined : 1),
  ts_of_last_over_time: (window) => (window.length === 0 ? undefined : window.at(-1)!.timeMs / 1000),
  stdvar_over_time: (window) => {
    if (window.length === 0) return undefined
    const mean = total(window) / window.length
    return window.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / window.length
  },
  deriv: (window) => {
    if (window.length < 2) return undefined
    const meanX = window.reduce((sum, { timeMs }) => sum + timeMs / 1000, 0) / window.length
    const meanY = total(window) / window.length
    const covariance = window.reduce(
      (sum, { timeMs, value }) => sum + (timeMs / 1000 - meanX) * (value - meanY),
      0,
    )
    return covariance / window.reduce((sum, { timeMs }) => sum + (timeMs / 1000 - meanX) ** 2, 0)
  },
}

function total(window: ReadonlyArray<Float>): number {
  return window.reduce((sum, { value }) => sum + value, 0)
}

export const AGGREGATIONS: Readonly<Record<string, (values: ReadonlyArray<number>) => number>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  count: (values) => values.length,
  group: () => 1,
  stdvar: (values) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  },
}
