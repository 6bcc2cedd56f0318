import fc from 'fast-check'
import type { AnyValue, KeyValue } from '../../otlp/proto.ts'
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

export const string: fc.Arbitrary<Value> = fc.constantFrom(...STRINGS).map((v): Value => ({ t: 'string', v }))
export const smallInt: fc.Arbitrary<Value> = fc.nat(24).map((v): Value => ({ t: 'int', v: BigInt(v) }))
export const double: fc.Arbitrary<Value> = fc.constantFrom(...DOUBLES).map((v): Value => ({ t: 'double', v }))
export const int: fc.Arbitrary<Value> = fc.constantFrom(...INTS).map((v): Value => ({ t: 'int', v }))
export const nanos: fc.Arbitrary<Value> = fc.bigInt(0n, 2n ** 63n - 1n).map((v): Value => ({ t: 'int', v }))
export { value }

/** What random records of one context have, and random conditions speak of. */
export type Shape = {
  /** By path. */
  readonly fields: Readonly<Record<string, fc.Arbitrary<Value>>>
  /** Paths of attributes. */
  readonly tables: ReadonlyArray<string>
  /** Fields that can be indexed. */
  readonly indexable?: ReadonlyArray<string>
}

const WITHIN_FIELDS = {
  'resource.dropped_attributes_count': smallInt,
  'scope.name': string,
  'instrumentation_scope.version': string,
}
const WITHIN_TABLES = ['resource.attributes', 'scope.attributes']

/** A shape with what records of every signal belong to. */
export function shape(
  fields: Shape['fields'],
  tables: ReadonlyArray<string>,
  indexable: ReadonlyArray<string> = [],
): Shape {
  return { fields: { ...WITHIN_FIELDS, ...fields }, tables: [...WITHIN_TABLES, ...tables], indexable }
}

export function worldOf({ fields, tables }: Shape): fc.Arbitrary<World> {
  return fc.record({
    fields: fc.record(fields),
    tables: fc.record(Object.fromEntries(tables.map((path) => [path, entries(value)]))),
  })
}

const keys = fc.array(
  fc.oneof({ arbitrary: fc.constantFrom(...KEYS), weight: 3 }, { arbitrary: fc.nat(3), weight: 1 }),
  {
    minLength: 1,
    maxLength: 3,
    size: 'small',
  },
)

function foundOperandOf({ fields, tables, indexable = [] }: Shape): fc.Arbitrary<Operand> {
  return fc.oneof(
    value.map((literal): Operand => ({ k: 'literal', value: literal })),
    fc.constantFrom(...Object.keys(fields)).map((path): Operand => ({ k: 'field', path })),
    fc
      .tuple(fc.constantFrom(...tables), fc.constantFrom(...KEYS))
      .map(([path, key]): Operand => ({ k: 'index', path, keys: [key] })),
    fc
      .tuple(fc.constantFrom(...tables, ...indexable), keys)
      .map(([path, found]): Operand => ({ k: 'index', path, keys: found })),
  )
}

const DURATIONS = [0n, 1n, -1n, 1500000000n, 3600000000000n, -86400000000000n, 2n ** 62n]
const TIMES = [0n, -1n, 1700000000123456789n, 951782400000000000n, -(2n ** 62n), 2n ** 63n - 1n]

const number: fc.Arbitrary<Operand> = fc
  .oneof(int, double, smallInt)
  .map((literal): Operand => ({ k: 'literal', value: literal }))
const duration: fc.Arbitrary<Operand> = fc
  .constantFrom(...DURATIONS)
  .map((v): Operand => ({ k: 'literal', value: { t: 'duration', v } }))
const time: fc.Arbitrary<Operand> = fc
  .constantFrom(...TIMES)
  .map((v): Operand => ({ k: 'literal', value: { t: 'time', v } }))
const someString: fc.Arbitrary<Operand> = string.map((literal): Operand => ({ k: 'literal', value: literal }))

/** Of what is in the record, what is written out, and what arithmetic and functions make of that. */
function operandOf(of: Shape): fc.Arbitrary<Operand> {
  const found = foundOperandOf(of)
  const { operand } = fc.letrec<Record<'operand' | 'numeric' | 'temporal' | 'called', Operand>>((tie) => ({
    operand: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: found, weight: 6 },
      { arbitrary: tie('numeric'), weight: 2 },
      { arbitrary: tie('temporal'), weight: 1 },
      { arbitrary: tie('called'), weight: 3 },
    ),
    numeric: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: number, weight: 3 },
      { arbitrary: found, weight: 1 },
      {
        arbitrary: fc
          .tuple(
            fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
            tie('numeric'),
            tie('numeric'),
          )
          .map(([op, left, right]): Operand => ({ k: 'math', op, left, right })),
        weight: 3,
      },
      { arbitrary: tie('numeric').map((negated): Operand => ({ k: 'negation', of: negated })), weight: 1 },
      { arbitrary: callOf(['Int', 'Double', 'Len'], tie('operand')), weight: 1 },
      {
        arbitrary: callOf(
          ['UnixNano', 'UnixMilli', 'Year', 'Month', 'Day', 'Hour', 'Weekday'],
          tie('temporal'),
        ),
        weight: 1,
      },
      { arbitrary: callOf(['Milliseconds', 'Seconds'], fc.oneof(duration, tie('temporal'))), weight: 1 },
    ),
    temporal: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: time, weight: 3 },
      { arbitrary: duration, weight: 2 },
      {
        arbitrary: callOf(
          ['Unix'],
          fc.oneof(
            smallInt.map((value): Operand => ({ k: 'literal', value })),
            found,
          ),
        ),
        weight: 2,
      },
      { arbitrary: callOf(['TruncateTime'], tie('temporal'), duration), weight: 1 },
      {
        arbitrary: fc
          .tuple(fc.constantFrom('+' as const, '-' as const), tie('temporal'), tie('temporal'))
          .map(([op, left, right]): Operand => ({ k: 'math', op, left, right })),
        weight: 2,
      },
    ),
    called: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      callOf(['Bool', 'Hex', 'Int', 'Double', 'Len'], found),
      callOf(['ToUpperCase', 'FNV'], fc.oneof(found, someString)),
      callOf(['TrimPrefix'], fc.oneof(found, someString), someString),
      callOf(['Substring'], fc.oneof(found, someString), tie('numeric'), tie('numeric'), literalTrue),
      callOf(['ContainsValue', 'Index'], fc.oneof(found, listOf(found)), fc.oneof(found, number)),
      callOf(['Index'], fc.oneof(found, someString), someString),
      callOf(['Coalesce'], listOf(fc.oneof(found, tie('numeric')))),
      callOf(['Concat'], listOf(found), fc.oneof(someString, found)),
      fc
        .tuple(fc.oneof(found, someString), fc.constantFrom('b', 'a', '\n'), fc.nat(2))
        .map(([text, delimiter, key]): Operand => {
          const separator: Operand = { k: 'literal', value: { t: 'string', v: delimiter } }
          return { k: 'call', name: 'Split', args: [text, separator], key }
        }),
    ),
  }))
  return operand
}

const literalTrue = fc.constant<Operand>({ k: 'literal', value: { t: 'bool', v: true } })

function listOf(of: fc.Arbitrary<Operand>): fc.Arbitrary<Operand> {
  return fc.array(of, { minLength: 1, maxLength: 3 }).map((items): Operand => ({ k: 'list', items }))
}

function callOf(
  names: ReadonlyArray<string>,
  ...args: ReadonlyArray<fc.Arbitrary<Operand>>
): fc.Arbitrary<Operand> {
  return fc
    .tuple(fc.constantFrom(...names), fc.tuple(...args))
    .map(([name, given]): Operand => ({ k: 'call', name, args: given }))
}

export function conditionOf(of: Shape): fc.Arbitrary<Condition> {
  const operand = operandOf(of)
  const path = foundOperandOf(of).filter(({ k }) => k !== 'literal')
  return fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc
        .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), operand, operand)
        .map(([op, left, right]): Condition => ({ k: 'compare', op, left, right })),
      fc
        .tuple(fc.constantFrom('IsBool', 'IsDouble', 'IsInt', 'IsList', 'IsMap', 'IsString'), path)
        .map(([name, of]): Condition => ({ k: 'is', name, of })),
      fc
        .tuple(fc.constantFrom('HasPrefix' as const, 'HasSuffix' as const), path, fc.constantFrom(...STRINGS))
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
}

/** The values of a world as they are sent. */
export function sender({ fields, tables }: World) {
  return {
    int: (path: string): number => Number((fields[path] as { v: bigint }).v),
    long: (path: string): string => String((fields[path] as { v: bigint }).v),
    double: (path: string): number => (fields[path] as { v: number }).v,
    text: (path: string): string => (fields[path] as { v: string }).v,
    value: (path: string): AnyValue => anyValue(fields[path]!),
    attributes: (path: string): KeyValue[] => attributesOf(tables[path]!),
  }
}

/** The resource and scope of a world, and what is in them. */
export function within<Part extends object>(world: World, part: Part) {
  const { attributes, int, text } = sender(world)
  return {
    resource: {
      attributes: attributes('resource.attributes'),
      droppedAttributesCount: int('resource.dropped_attributes_count'),
    },
    scope: {
      scope: {
        name: text('scope.name'),
        version: text('instrumentation_scope.version'),
        attributes: attributes('scope.attributes'),
      },
      ...part,
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
    default:
      throw new Error(`a record has no ${of.t}`)
  }
}
