import { populatedBuckets } from './bounds.ts'
import { type Histogram, usesCustomBuckets } from './histogram.ts'

/** A number as Prometheus prints values: no exponent, `+Inf`. */
export function printValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const exponent = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (exponent === null) return text
  const [, sign, first, rest = '', power] = exponent
  const digits = first! + rest
  const point = 1 + Number(power)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return sign + digits.padEnd(point, '0')
}

/** A number as Go's %g prints it: with an exponent from 10^6, and below 10^-4. */
export function printShort(value: number): string {
  if (!Number.isFinite(value) || value === 0) return printValue(value)
  const [mantissa, power] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return printValue(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** `{count:20, sum:10, [-0.001,0.001]:2, (0.5,1]:1}`, as Prometheus prints histograms. */
export function printHistogram(histogram: Histogram): string {
  const { count, sum, zeroThreshold } = histogram
  let out = `{count:${printShort(count)}, sum:${printShort(sum)}`
  for (const { lower, upper, count: inside } of populatedBuckets(histogram)) {
    const zero = !usesCustomBuckets(histogram) && lower === -zeroThreshold && upper === zeroThreshold
    const open = zero || upper <= 0 ? '[' : '('
    const close = zero || upper > 0 ? ']' : ')'
    const brackets = usesCustomBuckets(histogram) ? ['(', ']'] : [open, close]
    out += `, ${brackets[0]}${printShort(lower)},${printShort(upper)}${brackets[1]}:${printShort(inside)}`
  }
  return `${out}}`
}
