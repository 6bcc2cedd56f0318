import fc from 'fast-check'
import type { AnyValue, KeyValue } from '../../otlp/proto.ts'
import type { One } from './evaluate.ts'
import type { Condition, Operand, Value, World } from './reference.ts'

/** Random records, and random conditions that have a fair chance of speaking about what is in them. */

const KEYS = ['a', 'b', 'key', 'ä', '']
const STRINGS = ['', 'a', 'ab', 'b', 'ä', 'Ab', '\u{1f680}', 'line\nbreak', '"', 'zz']
const INTS = [0n, 1n, -1n, 2n, 255n, 4294967296n, 9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n)]
const DOUBLES = [0, 1, -1, 0.5, 2, 9007199254740992, 4294967296, -0.25]

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant<Value>({ t: 'nil' }),
  fc.boolean().map((v): Value => ({ t: 'bool', v })),
  fc.constantFrom(...INTS).map((v): Value => ({ t: 'int', v })),
  fc.constantFrom(...DOUBLES).map((v): Value => ({ t: 'double', v })),
  fc.constantFrom(...STRINGS).map((v): Value => ({ t: 'string', v })),
  fc.constantFrom('01', '0102', 'ff').map((v): Value => ({ t: 'bytes', v })),
)

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: scalar, weight: 6 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((v): Value => ({ t: 'list', v })), weight: 1 },
    { arbitrary: entries(tie('value')).map((v): Value => ({ t: 'map', v })), weight: 1 },
  ),
}))

function entries(of: fc.Arbitrary<Value>): fc.Arbitrary<ReadonlyArray<readonly [string, Value]>> {
  const pair = fc.tuple(fc.constantFrom(...KEYS), of)
  return fc.uniqueArray(pair, { maxLength: 4, selector: ([key]) => key })
}

const string = fc.constantFrom(...STRINGS)
const INT_FIELDS = [
  'severity_number',
  'flags',
  'dropped_attributes_count',
  'resource.dropped_attributes_count',
]
const STRING_FIELDS = ['severity_text', 'event_name', 'scope.name', 'instrumentation_scope.version']
const TABLES = ['attributes', 'resource.attributes', 'scope.attributes']

export const world: fc.Arbitrary<World> = fc.record({
  fields: fc.record({
    ...Object.fromEntries(
      INT_FIELDS.map((path) => [path, fc.nat(24).map((v): Value => ({ t: 'int', v: BigInt(v) }))]),
    ),
    ...Object.fromEntries(
      STRING_FIELDS.map((path) => [path, string.map((v): Value => ({ t: 'string', v }))]),
    ),
    body: value,
    time_unix_nano: fc.bigInt(0n, 2n ** 63n - 1n).map((v): Value => ({ t: 'int', v })),
  }),
  tables: fc.record(Object.fromEntries(TABLES.map((path) => [path, entries(value)]))),
}) as fc.Arbitrary<World>

const keys = fc.array(
  fc.oneof({ arbitrary: fc.constantFrom(...KEYS), weight: 3 }, { arbitrary: fc.nat(3), weight: 1 }),
  {
    minLength: 1,
    maxLength: 3,
    size: 'small',
  },
)

const operand: fc.Arbitrary<Operand> = fc.oneof(
  value.map((literal): Operand => ({ k: 'literal', value: literal })),
  fc
    .constantFrom(...INT_FIELDS, ...STRING_FIELDS, 'body', 'time_unix_nano')
    .map((path): Operand => ({ k: 'field', path })),
  fc
    .tuple(fc.constantFrom(...TABLES), fc.constantFrom(...KEYS))
    .map(([path, key]): Operand => ({ k: 'index', path, keys: [key] })),
  fc
    .tuple(fc.constantFrom(...TABLES, 'body'), keys)
    .map(([path, found]): Operand => ({ k: 'index', path, keys: found })),
)
const path = operand.filter(({ k }) => k !== 'literal')

export const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc
      .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), operand, operand)
      .map(([op, left, right]): Condition => ({ k: 'compare', op, left, right })),
    fc
      .tuple(fc.constantFrom('IsBool', 'IsDouble', 'IsInt', 'IsList', 'IsMap', 'IsString'), path)
      .map(([name, of]): Condition => ({ k: 'is', name, of })),
    fc
      .tuple(fc.constantFrom('HasPrefix' as const, 'HasSuffix' as const), path, string)
      .map(([name, of, affix]): Condition => ({ k: 'affix', name, of, affix })),
    fc.boolean().map((v): Condition => ({ k: 'bool', v })),
    tie('condition').map((part): Condition => ({ k: 'not', part })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('condition'), { minLength: 2, maxLength: 4 }),
      )
      .map(([k, parts]): Condition => ({ k, parts })),
  ),
})).condition

/** A world as the record that is sent. */
export function recordOf({ fields, tables }: World): One {
  const int = (path: string): number => Number((fields[path] as { v: bigint }).v)
  const text = (path: string): string => (fields[path] as { v: string }).v
  return {
    resource: {
      attributes: attributesOf(tables['resource.attributes']!),
      droppedAttributesCount: int('resource.dropped_attributes_count'),
    },
    scope: {
      scope: {
        name: text('scope.name'),
        version: text('instrumentation_scope.version'),
        attributes: attributesOf(tables['scope.attributes']!),
      },
    },
    record: {
      timeUnixNano: String((fields.time_unix_nano as { v: bigint }).v),
      severityNumber: int('severity_number'),
      severityText: text('severity_text'),
      eventName: text('event_name'),
      flags: int('flags'),
      droppedAttributesCount: int('dropped_attributes_count'),
      body: anyValue(fields.body!),
      attributes: attributesOf(tables.attributes!),
    },
  }
}

function attributesOf(table: ReadonlyArray<readonly [string, Value]>): KeyValue[] {
  return table.map(([key, item]) => ({ key, value: anyValue(item) }))
}

function anyValue(of: Value): AnyValue {
  switch (of.t) {
    case 'nil':
      return {}
    case 'bool':
      return { boolValue: of.v }
    case 'int':
      return { intValue: String(of.v) }
    case 'double':
      return { doubleValue: of.v }
    case 'string':
      return { stringValue: of.v }
    case 'bytes':
      return { bytesValue: Buffer.from(of.v, 'hex') }
    case 'list':
      return { arrayValue: { values: of.v.map(anyValue) } }
    case 'map':
      return { kvlistValue: { values: attributesOf(of.v) } }
  }
}
