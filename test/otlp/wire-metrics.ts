import fc from 'fast-check'
import {
  anyText,
  attribute,
  type Bytes,
  bytesOf,
  id,
  int32s,
  integers,
  lengthField,
  message,
  requestBytes,
  spare,
  tagged,
  uint32s,
  varintBytes,
  varintField,
} from './wire-generator.ts'

/** Random requests of metrics as protobuf bytes (see wire-generator.ts). */

type Fields = ReadonlyArray<fc.WeightedArbitrary<Buffer>>

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

const double: Bytes = fc.oneof(
  fc.double().map(doubleBytes),
  fc.constantFrom(0, -0, 1, 0.5, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).map(doubleBytes),
)
/** Mostly as counts are; now and then one that was taken below zero. */
const count: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 24, arbitrary: fc.bigInt({ min: 0n, max: 300n }) },
  { weight: 4, arbitrary: fc.constantFrom((1n << 63n) - 1n, 1n << 32n, 1n << 31n) },
  { weight: 1, arbitrary: fc.constantFrom(1n << 63n, (1n << 64n) - 1n) },
)
const fixedCount: Bytes = count.map((value) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
})
const zigzag = (value: number): bigint => (value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value))
const sint32s = fc.oneof(fc.integer(), fc.integer({ min: -12, max: 22 })).map(zigzag)

/** A piece of a repeated number: several packed, or one that is not. */
function numbers(number: number, wireType: 0 | 1, element: Bytes): Bytes {
  const packed = fc.array(element, { maxLength: 4 }).map((list) => Buffer.concat(list))
  return fc.oneof(lengthField(number, packed), tagged(number, wireType, element))
}

const varintCount: Bytes = fc.tuple(count, spare).map(([value, n]) => varintBytes(value, n, 10))
const field = (arbitrary: Bytes, weight = 1): fc.WeightedArbitrary<Buffer> => ({ weight, arbitrary })
const fixed = (number: number, content: Bytes): fc.WeightedArbitrary<Buffer> =>
  field(tagged(number, 1, content))

const exemplar = message(
  [
    fixed(2, bytesOf(8)),
    fixed(3, double),
    field(lengthField(4, id(8))),
    field(lengthField(5, id(16))),
    fixed(6, bytesOf(8)),
    field(lengthField(7, attribute), 3),
  ],
  6,
)

const times: Fields = [fixed(2, bytesOf(8)), fixed(3, bytesOf(8))]
const flags = (number: number): fc.WeightedArbitrary<Buffer> =>
  field(varintField(number, fc.oneof(uint32s, fc.constantFrom(0n, 1n, 2n))))

const numberPoint = message(
  [
    ...times,
    fixed(4, double),
    fixed(6, bytesOf(8)),
    field(lengthField(5, exemplar), 2),
    field(lengthField(7, attribute), 2),
    flags(8),
  ],
  8,
)

const histogramRest: Fields = [
  ...times,
  fixed(4, fixedCount),
  fixed(5, double),
  field(lengthField(8, exemplar)),
  field(lengthField(9, attribute), 2),
  flags(10),
  fixed(11, double),
  fixed(12, double),
]
const histogramPoint = message(
  [...histogramRest, field(numbers(6, 1, fixedCount), 2), field(numbers(7, 1, double), 2)],
  10,
)
/** Bounds that increase and buckets that fit, cut anywhere; the buckets may be one too many, the bounds the wrong way round. */
const plausibleHistogramPoint = fc
  .tuple(
    message(histogramRest, 6),
    fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { maxLength: 5 }),
    fc.array(fixedCount, { minLength: 7, maxLength: 7 }),
    fc.nat({ max: 6 }),
    fc.constantFrom(0, 0, 0, 1),
    fc.constantFrom(1, 1, 1, -1),
  )
  .map(([rest, bounds, counts, cut, surplus, direction]) => {
    const sorted = bounds.toSorted((a, b) => (a - b) * direction).map(doubleBytes)
    const fitting = counts.slice(0, bounds.length + 1 + surplus)
    const packed = (number: number, list: Buffer[]): Buffer =>
      Buffer.concat([Buffer.from([8 * number + 2, 8 * list.length]), ...list])
    return Buffer.concat([
      packed(6, fitting.slice(0, cut)),
      packed(7, sorted.slice(0, cut)),
      rest,
      packed(7, sorted.slice(cut)),
      packed(6, fitting.slice(cut)),
    ])
  })

const buckets = message([field(varintField(1, sint32s)), field(numbers(2, 0, varintCount), 3)], 4)

const exponentialPoint = message(
  [
    field(lengthField(1, attribute), 2),
    ...times,
    fixed(4, fixedCount),
    fixed(5, double),
    field(varintField(6, sint32s)),
    fixed(7, fixedCount),
    field(lengthField(8, buckets), 2),
    field(lengthField(9, buckets), 2),
    flags(10),
    field(lengthField(11, exemplar)),
    fixed(12, double),
    fixed(13, double),
    fixed(14, double),
  ],
  12,
)

const quantileNumber = fc.oneof(double, fc.double({ min: 0, max: 1, noNaN: true }).map(doubleBytes))
const quantile = message([fixed(1, quantileNumber), fixed(2, double)], 3)
const summaryPoint = message(
  [
    ...times,
    fixed(4, fixedCount),
    fixed(5, double),
    field(lengthField(6, quantile), 4),
    field(lengthField(7, attribute), 2),
    flags(8),
  ],
  8,
)

const temporality = field(varintField(2, fc.oneof(int32s, fc.constantFrom(0n, 1n, 2n))))
const monotonic = field(varintField(3, fc.constantFrom(0n, 1n, 1n << 40n)))
const points = (point: Bytes): fc.WeightedArbitrary<Buffer> => field(lengthField(1, point), 4)

const members: ReadonlyArray<readonly [number: number, content: Bytes]> = [
  [5, message([points(numberPoint)], 4)],
  [7, message([points(numberPoint), temporality, monotonic], 4)],
  [9, message([points(fc.oneof(histogramPoint, plausibleHistogramPoint)), temporality], 4)],
  [10, message([points(exponentialPoint), temporality], 4)],
  [11, message([points(summaryPoint)], 4)],
]

const about: Fields = [
  field(lengthField(1, anyText)),
  field(lengthField(2, anyText)),
  field(lengthField(3, anyText)),
  field(lengthField(12, attribute)),
  // Numbers that were never used, or are no more.
  field(varintField(4, integers)),
  field(lengthField(6, anyText)),
]

/** Of one kind, whose message may be cut into several; or with several kinds, of which the last counts. */
const metric = fc.oneof(
  ...members.map(([number, content]) => message([...about, field(lengthField(number, content), 6)], 6)),
  message([...about, ...members.map(([number, content]) => field(lengthField(number, content), 2))], 8),
)

/** A whole ExportMetricsServiceRequest. */
export const metricsRequestBytes: Bytes = requestBytes(metric)
