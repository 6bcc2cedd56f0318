import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../../src/query/logql/record.ts'
import { timeWords } from '../../../src/query/logql/record.ts'
import { FieldSample } from '../../../src/query/loki/detected/field-sample.ts'
import { commonType, typeOfValue } from '../../../src/query/loki/detected/field-type.ts'

function entryOf(
  line: string,
  metadata: Record<string, string> = {},
  parsed: Record<string, string> = {},
): LogEntry {
  return {
    ...timeWords(1n),
    line,
    stream: new Map([['app', 'shop']]),
    metadata: new Map(Object.entries(metadata)),
    parsed: new Map(Object.entries(parsed)),
  }
}

function fieldsOf(...entries: LogEntry[]) {
  const sample = new FieldSample(100)
  for (const entry of entries) sample.add(entry)
  return Object.fromEntries(
    sample
      .fields()
      .map(({ name, type, values, parsers, jsonPath }) => [name, [type, [...values], parsers, jsonPath]]),
  )
}

describe('types of values', () => {
  it.each([
    ['1', 'int'],
    ['-12', 'int'],
    ['1.5', 'float'],
    ['1e3', 'float'],
    ['.5', 'float'],
    ['true', 'boolean'],
    ['FALSE', 'boolean'],
    ['12ms', 'duration'],
    ['1h30m', 'duration'],
    ['12KiB', 'bytes'],
    ['1.5 GB', 'bytes'],
    ['12 apples', 'string'],
    ['1.2.3', 'string'],
    ['', 'string'],
  ])('%s is %s', (text, type) => expect(typeOfValue(text)).toBe(type))

  it('of several values, what fits all', () => {
    expect(commonType(undefined, 'int')).toBe('int')
    expect(commonType('int', 'float')).toBe('float')
    expect(commonType('int', 'duration')).toBe('string')
  })
})

describe('fields of lines', () => {
  it('JSON: nested keys with their paths, no arrays and nulls', () => {
    expect(fieldsOf(entryOf('{"a":{"b-c":1,"d":null},"e":[1],"f":"x"}'))).toEqual({
      a_b_c: ['int', ['1'], ['json'], ['a', 'b-c']],
      f: ['string', ['x'], ['json'], ['f']],
    })
  })

  it('logfmt, where a line is no JSON; words alone are no fields', () => {
    expect(fieldsOf(entryOf('level=warn took=5ms done'), entryOf('just words'))).toEqual({
      level: ['string', ['warn'], ['logfmt'], undefined],
      took: ['duration', ['5ms'], ['logfmt'], undefined],
    })
  })

  it('structured metadata belongs to no parser; a field of the same name goes by another', () => {
    expect(fieldsOf(entryOf('{"level":"warn","app":"x"}', { level: 'info' }))).toEqual({
      app_extracted: ['string', ['x'], ['json'], ['app']],
      level: ['string', ['info'], [], undefined],
      level_extracted: ['string', ['warn'], ['json'], ['level']],
    })
  })

  it('what stages of the query made is there, errors are not', () => {
    expect(fieldsOf(entryOf('words', {}, { code: '7', __error__: 'JSONParserErr' }))).toEqual({
      code: ['int', ['7'], [], undefined],
    })
  })

  it('different values are counted once, and no more fields are kept than may be', () => {
    const sample = new FieldSample(2)
    for (const n of [1, 2, 2, 3]) sample.add(entryOf(`a=${n} b=x c=y`))
    expect(sample.fields().map(({ name, values }) => [name, values.size])).toEqual([
      ['a', 3],
      ['b', 1],
    ])
  })
})
