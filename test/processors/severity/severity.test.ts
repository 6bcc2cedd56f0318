import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { materialise } from '../../otlp/materialise.ts'
import type { LogRecord, LogsRequest } from '../../otlp/proto.ts'
import { build } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scanned } from '../ottl/evaluate.ts'
import { readmeOf } from '../readme.ts'
import { LINES } from './lines.ts'

function requestOf(logRecords: ReadonlyArray<LogRecord>): LogsRequest {
  return { resourceLogs: [{ scopeLogs: [{ logRecords: [...logRecords] }] }] }
}

function severities(config: object, logRecords: ReadonlyArray<LogRecord>) {
  const pipeline = build({ severity: config }, testDeps())
  const batch = scanned(requestOf(logRecords))
  pipeline.process(batch, 1)
  pipeline.committed(1)
  const counts = Object.fromEntries(
    pipeline
      .rules()
      .get('severity')!
      .map(({ rule, matched }) => [rule, matched]),
  )
  return { records: materialise(batch).map(({ record }) => record), counts }
}

function ofLine(line: string, config: object = {}) {
  return severities(config, [{ body: { stringValue: line } }]).records[0]!
}

describe('lines as programs write them', () => {
  it.each(LINES)('%s', (line, severity) => {
    expect(ofLine(line).severityNumber).toBe(severity)
  })

  it('are at least a hundred', () => expect(LINES.length).toBeGreaterThanOrEqual(100))
})

const { processors, rows } = readmeOf('severity')
const named = (cell: string): string => /^`(.*)`$/.exec(cell)?.[1] ?? ''

it.each(rows)('as the README says: %s', (body, number, text, traceId) => {
  const record = ofLine(named(body!), processors[0]!.severity)
  expect([record.severityNumber, record.severityText]).toEqual([Number(number), named(text!)])
  expect(Buffer.from(record.traceId).toString('hex')).toBe(named(traceId!))
})

describe('what was sent stays', () => {
  const body = {
    stringValue: `{"level":"error","trace_id":"${'ab'.repeat(16)}","span_id":"${'cd'.repeat(8)}"}`,
  }
  it('a severity', () => {
    const [record] = severities({}, [{ body, severityNumber: 5 }]).records
    expect(record).toMatchObject({ severityNumber: 5, severityText: '' })
  })
  it('a text, which gives the number if it can', () => {
    const sent = [
      { body, severityText: 'Warning' },
      { body, severityText: 'odd' },
    ]
    const { records, counts } = severities({}, sent)
    expect(records).toMatchObject([
      { severityNumber: 13, severityText: 'Warning' },
      { severityNumber: 17, severityText: 'odd' },
    ])
    expect(counts).toMatchObject({ severity_text: 1, json: 1, traceIds: 2 })
  })
  it('trace and span ids', () => {
    const traceId = Buffer.alloc(16, 1)
    const spanId = Buffer.alloc(8, 2)
    const { records } = severities({}, [{ body, traceId }, { body, spanId }, { body }])
    const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
    expect(records.map((record) => [hex(record.traceId), hex(record.spanId)])).toEqual([
      ['01'.repeat(16), ''],
      ['ab'.repeat(16), '02'.repeat(8)],
      ['ab'.repeat(16), 'cd'.repeat(8)],
    ])
  })
  it('everything, in a dry run, which counts', () => {
    const { records, counts } = severities({ dryRun: true }, [{ body }])
    expect(records[0]).toMatchObject({ severityNumber: 0, severityText: '' })
    expect(records[0]!.traceId).toHaveLength(0)
    expect(counts).toMatchObject({ json: 1, traceIds: 1 })
  })
})

it('bodies that are maps', () => {
  const map = (key: string, value: object) => ({ body: { kvlistValue: { values: [{ key, value }] } } })
  const { records, counts } = severities({}, [
    map('Level', { stringValue: 'warn' }),
    map('level', { intValue: 50 }),
    map('level', { doubleValue: 50 }),
    map('msg', { stringValue: 'error' }),
    map('level', { intValue: -1 }),
  ])
  expect(records.map((record) => [record.severityNumber, record.severityText])).toEqual([
    [13, 'warn'],
    [17, ''],
    [0, ''],
    [0, ''],
    [0, ''],
  ])
  expect(counts).toMatchObject({ map: 2 })
})

describe('the configuration', () => {
  it('adds keys and words, which go before the built-in ones', () => {
    const config = { keys: ['prio'], levels: { audit: 'INFO3', crit: 'FATAL' } }
    expect(ofLine('{"prio":"AUDIT"}', config).severityNumber).toBe(11)
    expect(ofLine('[crit] x', config).severityNumber).toBe(21)
  })
  it('chooses formats', () => {
    const formats = { formats: ['json'] }
    expect(ofLine('ERROR x', formats).severityNumber).toBe(0)
    expect(ofLine('{"level":"error"}', formats).severityNumber).toBe(17)
  })
  it('bounds what is looked at', () => {
    const line = `{"msg":"${'x'.repeat(100)}","level":"error"}`
    expect(ofLine(line, { scanBytesMax: 100 }).severityNumber).toBe(0)
    expect(ofLine(line, { scanBytesMax: 140 }).severityNumber).toBe(17)
  })
  it.each<[unknown, string]>([
    [{ formats: ['xml'] }, 'severity.formats.0: expected one of json, klog, logfmt, text'],
    [{ format: [] }, 'severity.format: unknown key (did you mean formats?)'],
    [
      { levels: { audit: 'INF' } },
      'severity.levels.audit: expected a severity such as INFO, WARN or ERROR2 (did you mean INFO?)',
    ],
    [
      { levels: { 'a b': 'INFO' } },
      'severity.levels.a b: expected a word of 1 to 64 ASCII characters without spaces',
    ],
    [{ scanBytesMax: 1 }, 'severity.scanBytesMax: expected a number of bytes, 64 to 1048576'],
    [{ keys: ['é'] }, 'severity.keys.0: expected ASCII letters'],
    [[], 'severity: expected a map'],
  ])('%j is wrong', (config, message) => {
    const parsed = parseProcessors({ severity: config })
    const issues = 'issues' in parsed ? parsed.issues : []
    expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([message])
  })
})

it('in JSON it finds what JSON.parse finds', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
    fc.object({ maxDepth: 2 }),
  )
  const words = { info: 9, WARN: 13, Error: 17 }
  const word = fc.constantFrom(...(Object.keys(words) as (keyof typeof words)[]))
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), value),
      word,
      fc.dictionary(fc.string(), value),
      fc.boolean(),
      (before, level, after, pretty) => {
        const members = [...Object.entries(before), ['level', level] as const, ...Object.entries(after)]
        const others = members.filter(
          ([key]) => !/^(@?l(eve)?l?|.*(level|lvl|severity).*)$/i.test(key) || key === 'level',
        )
        const text = JSON.stringify(Object.fromEntries(others), null, pretty ? 2 : 0)
        const parsed = JSON.parse(text).level
        fc.pre(parsed === level)
        const record = ofLine(text, { scanBytesMax: 1_048_576 })
        expect([record.severityNumber, record.severityText]).toEqual([words[level], level])
      },
    ),
    { numRuns: 200 },
  )
})

it('never reads past a body, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]<>":,=\\ \t\x1b1E|-aerorlvel') }), (text) => {
      // The neighbour's level must not be found.
      const alone = ofLine(text)
      const { records } = severities({}, [
        { body: { stringValue: text } },
        { body: { stringValue: 'ERROR' } },
      ])
      expect(records[0]).toEqual(alone)
      expect(text.toLowerCase()).toContain(alone.severityText.toLowerCase())
    }),
    { numRuns: 300 },
  )
})

describe('the contract', () => {
  itKeepsTheContract({
    make: (deps) => build({ severity: {} }, deps).processors[0]!,
    requests: [
      requestOf(LINES.map(([stringValue]) => ({ body: { stringValue } }))),
      requestOf([{ body: { stringValue: `trace_id=${'ab'.repeat(16)} level=info` } }]),
    ],
    changes: true,
  })
})
