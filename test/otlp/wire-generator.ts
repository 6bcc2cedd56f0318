import fc from 'fast-check'

/**
 * Random, well-formed protobuf bytes as no encoder writes them: fields in any order, scalars repeated, unknown fields
 * of every wire type, varints longer than needed, messages cut into several. Here what all signals share; the
 * requests themselves are in wire-requests.ts and wire-metrics.ts.
 */

export type Bytes = fc.Arbitrary<Buffer>

const U64 = 1n << 64n

/** A varint of `value` with up to `spare` superfluous bytes, never longer than `bytesMax`. */
export function varintBytes(value: bigint, spare: number, bytesMax: number): Buffer {
  const bytes: number[] = []
  let rest = ((value % U64) + U64) % U64
  do {
    bytes.push(Number(rest & 0x7fn))
    rest >>= 7n
  } while (rest > 0n)
  for (let i = 0; i < spare && bytes.length < bytesMax; i++) bytes.push(0)
  return Buffer.from(bytes.map((byte, i) => (i + 1 < bytes.length ? byte | 0x80 : byte)))
}

export const spare = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat({ max: 10 }))

/** Tags and lengths are 32-bit: of at most 5 bytes in every implementation. */
export function tagged(number: number, wireType: number, content: Bytes): Bytes {
  return fc
    .tuple(spare, content)
    .map(([n, bytes]) => Buffer.concat([varintBytes(BigInt(number * 8 + wireType), n, 5), bytes]))
}

export function varintField(number: number, values: fc.Arbitrary<bigint>): Bytes {
  return tagged(
    number,
    0,
    fc.tuple(values, spare).map(([value, n]) => varintBytes(value, n, 10)),
  )
}

export function lengthField(number: number, content: Bytes): Bytes {
  const withLength = fc
    .tuple(content, spare)
    .map(([bytes, n]) => Buffer.concat([varintBytes(BigInt(bytes.length), n, 5), bytes]))
  return tagged(number, 2, withLength)
}

export const bytesOf = (length: number): Bytes =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes))

const text: Bytes = fc
  .oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('', 'k8s.pod.name', 'ß', '\u{1f600}', '\ufeffbom', '\u0000', 'x'.repeat(200)),
  )
  .map((value) => Buffer.from(value))

/** Mostly text; now and then bytes that are none. */
export const anyText: Bytes = fc.oneof(
  { weight: 12, arbitrary: text },
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
)

export const integers: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.constantFrom(
    0n,
    1n,
    -1n,
    127n,
    128n,
    1n << 31n,
    1n << 32n,
    (1n << 53n) + 1n,
    -(1n << 63n),
    (1n << 63n) - 1n,
  ),
)
export const int32s = fc.oneof(fc.integer().map(BigInt), fc.integer({ min: 0, max: 24 }).map(BigInt))
export const uint32s = fc.nat({ max: 0xffff_ffff }).map(BigInt)

/** A field that no message here has. Groups may hold fields, also known numbers, and further groups. */
const unknown: Bytes = fc
  .letrec<{ field: Buffer }>((tie) => ({
    field: fc.constantFrom(17, 18, 24, 31, 32, 1000, 536_870_911).chain((number) =>
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        varintField(number, integers),
        tagged(number, 1, bytesOf(8)),
        tagged(number, 5, bytesOf(4)),
        lengthField(number, anyText),
        fc
          .tuple(
            tagged(number, 3, fc.constant(Buffer.alloc(0))),
            fc.array(fc.oneof(tie('field'), varintField(1, integers)), { maxLength: 2 }),
            tagged(number, 4, fc.constant(Buffer.alloc(0))),
          )
          .map(([start, fields, stop]) => Buffer.concat([start, ...fields, stop])),
      ),
    ),
  }))
  .field.map((field) => field)

/** Any selection of the fields, in any order, each any number of times. */
export function message(fields: ReadonlyArray<fc.WeightedArbitrary<Buffer>>, maxLength: number): Bytes {
  const chosen = fc.oneof(...fields, { weight: 1, arbitrary: unknown })
  return fc.array(chosen, { maxLength }).map((list) => Buffer.concat(list))
}

const scalarMembers: ReadonlyArray<fc.WeightedArbitrary<Buffer>> = [
  { weight: 6, arbitrary: lengthField(1, anyText) },
  { weight: 2, arbitrary: varintField(2, fc.constantFrom(0n, 1n, 2n, 1n << 40n)) },
  { weight: 3, arbitrary: varintField(3, integers) },
  { weight: 3, arbitrary: tagged(4, 1, bytesOf(8)) },
  {
    weight: 2,
    arbitrary: lengthField(
      7,
      fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
    ),
  },
]

/** A KeyValue, its key and value any number of times. */
function keyValueOf(value: Bytes): Bytes {
  return message(
    [
      { weight: 3, arbitrary: lengthField(1, anyText) },
      { weight: 4, arbitrary: lengthField(2, value) },
    ],
    4,
  )
}

/** An AnyValue of any kind, nested, with replaced members. */
export const anyValue: Bytes = fc.letrec<{ value: Buffer }>((tie) => {
  const lists = [
    {
      weight: 3,
      arbitrary: lengthField(5, message([{ weight: 4, arbitrary: lengthField(1, tie('value')) }], 3)),
    },
    {
      weight: 3,
      arbitrary: lengthField(
        6,
        message([{ weight: 4, arbitrary: lengthField(1, keyValueOf(tie('value'))) }], 3),
      ),
    },
  ]
  return {
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 3, arbitrary: message(scalarMembers, 2) },
      { weight: 1, arbitrary: message([...scalarMembers, ...lists], 3) },
    ),
  }
}).value

/** As every SDK writes it, and as none does. */
export const attribute: Bytes = fc.oneof(
  fc.tuple(text, text).map(([key, value]) => {
    const plain = (number: number, bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from([number * 8 + 2]), varintBytes(BigInt(bytes.length), 0, 5), bytes])
    return Buffer.concat([plain(1, key), plain(2, plain(1, value))])
  }),
  keyValueOf(anyValue),
)

export function id(length: number): Bytes {
  return fc.oneof(
    { weight: 6, arbitrary: bytesOf(length) },
    { weight: 1, arbitrary: fc.constantFrom(Buffer.alloc(0), Buffer.alloc(length)) },
    { weight: 1, arbitrary: fc.nat({ max: 20 }).chain(bytesOf) },
  )
}

const resource = message(
  [
    { weight: 4, arbitrary: lengthField(1, attribute) },
    { weight: 1, arbitrary: varintField(2, uint32s) },
  ],
  4,
)

const scope = message(
  [
    { weight: 1, arbitrary: lengthField(1, anyText) },
    { weight: 1, arbitrary: lengthField(2, anyText) },
    { weight: 3, arbitrary: lengthField(3, attribute) },
    { weight: 1, arbitrary: varintField(4, uint32s) },
  ],
  4,
)

/** A whole Export…ServiceRequest around the records (for metrics: Metric messages) of a signal. */
export function requestBytes(record: Bytes): Bytes {
  const scopeRows = message(
    [
      { weight: 1, arbitrary: lengthField(1, scope) },
      { weight: 4, arbitrary: lengthField(2, record) },
      { weight: 1, arbitrary: lengthField(3, anyText) },
    ],
    5,
  )
  const resourceRows = message(
    [
      { weight: 1, arbitrary: lengthField(1, resource) },
      { weight: 3, arbitrary: lengthField(2, scopeRows) },
      { weight: 1, arbitrary: lengthField(3, anyText) },
    ],
    4,
  )
  return message([{ weight: 6, arbitrary: lengthField(1, resourceRows) }], 3)
}
