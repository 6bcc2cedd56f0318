/** Milliseconds by unit, from the largest; a duration names each once, in this order. */
const UNITS: ReadonlyArray<readonly [unit: string, ms: number]> = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]
const DURATION = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d+)${unit}(?![a-z]))?`).join('')}$`)
/** As far as a duration in nanoseconds reaches, 292 years. */
const MS_MAX = 9_223_372_036_854

/** Milliseconds of `1h30m`, `500ms`; undefined if it is no duration, or none that can be held. */
export function parseDurationMs(text: string): number | undefined {
  const parts = text === '' ? null : DURATION.exec(text)
  if (parts === null) return undefined
  let ms = 0
  UNITS.forEach(([, size], i) => {
    ms += Number(parts[i + 1] ?? 0) * size
  })
  return ms <= MS_MAX ? ms : undefined
}

/** `1h30m`: years and weeks only where nothing is left of them, as Prometheus prints durations. */
export function printDurationMs(ms: number): string {
  if (ms === 0) return '0s'
  let rest = Math.abs(ms)
  let out = ms < 0 ? '-' : ''
  for (const [unit, size] of UNITS) {
    const exact = unit === 'y' || unit === 'w'
    if (exact && rest % size !== 0) continue
    const amount = Math.floor(rest / size)
    if (amount > 0) out += `${amount}${unit}`
    rest -= amount * size
  }
  return out
}
