/** A sample's value as Loki writes it: all digits, never an exponent; `+Inf`, `-Inf`, `NaN`. */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = String(value)
  const exponentAt = text.indexOf('e')
  if (exponentAt === -1) return Object.is(value, -0) ? '-0' : text
  return withoutExponent(text.slice(0, exponentAt), Number(text.slice(exponentAt + 1)))
}

function withoutExponent(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.')
  const digits = whole + fraction
  const pointAt = whole.length + exponent
  if (pointAt >= digits.length) return sign + digits.padEnd(pointAt, '0')
  if (pointAt > 0) return `${sign}${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`
  return `${sign}0.${'0'.repeat(-pointAt)}${digits}`
}

/** A sample's time: seconds, with milliseconds as a fraction, as JSON. */
export function secondsText(timeNs: bigint): string {
  return String(Number(timeNs / 1_000_000n) / 1000)
}
