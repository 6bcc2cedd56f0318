import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { decodeLogsRequest, type KeyValue, type LogRecord, stringAttributes } from '../../otlp/proto.ts'
import { build, reasons } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { readmeOf } from '../readme.ts'
import { kept, passInterval, requestOf, scan, summariesOf } from './summaries.ts'

const { processors, rows } = readmeOf('dedup')
const NUMBERS: Readonly<Record<string, number>> = { DEBUG: 5, WARN: 13, ERROR: 17 }

it('does what its README says', () => {
  const deps = testDeps()
  const pipeline = build(processors[0]!, deps)
  const lines = rows.slice(0, -1)
  const records = lines.map(([input]): LogRecord => {
    const [severity, stringValue, id] = input!.replaceAll('`', '').split(' ')
    return {
      severityNumber: NUMBERS[severity!]!,
      body: { stringValue: stringValue! },
      attributes: stringAttributes({ 'request.id': id! }),
    }
  })
  const said = kept(pipeline, deps, requestOf(records))
  expect(said.map((is) => (is ? 'kept' : 'dropped'))).toEqual(lines.map(([, out]) => out))
  passInterval(pipeline, deps)
  const [summary, ...others] = summariesOf(deps)
  expect(others).toEqual([])
  expect(summary).toMatchObject({ record: { severityNumber: 13, body: { stringValue: 'retrying' } } })
  expect(Object.keys(summary!.attributes)).toEqual([
    'log_count',
    'first_observed_timestamp',
    'last_observed_timestamp',
  ])
  expect(summary!.attributes.log_count).toBe(2n)
})

describe('a summary', () => {
  const values: KeyValue[] = [
    { key: 'text', value: { stringValue: 'ä' } },
    { key: 'int', value: { intValue: -9007199254740993n } },
    { key: 'double', value: { doubleValue: -0.25 } },
    { key: 'true', value: { boolValue: true } },
    { key: 'false', value: { boolValue: false } },
    { key: 'bytes', value: { bytesValue: Buffer.from([0, 255]) } },
    { key: 'nothing', value: {} },
    { key: 'list', value: { arrayValue: { values: [{ intValue: 1n }, {}] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } } },
  ]
  const record = (i: number): LogRecord => ({
    timeUnixNano: 1_700_000_000_000_000_000n + BigInt(i),
    observedTimeUnixNano: 1_700_000_001_000_000_000n + BigInt(i) * 1_000_000n,
    severityNumber: 13,
    severityText: 'WARN',
    eventName: 'e',
    body: { kvlistValue: { values } },
    attributes: values,
    traceId: Buffer.alloc(16, i + 1),
    spanId: Buffer.alloc(8, i + 1),
    flags: i,
  })
  const resourceLogs = {
    resource: { attributes: [...stringAttributes({ pod: 'p' }), ...values], droppedAttributesCount: 3 },
    schemaUrl: 'https://example.com/1',
    scopeLogs: [
      {
        scope: { name: 'n', version: 'v', attributes: values, droppedAttributesCount: 4 },
        schemaUrl: 'https://example.com/2',
        // The times of the others are not in order.
        logRecords: [0, 7, 3, 5].map(record),
      },
    ],
  }

  it('says all that the records have in common, and how many and when the dropped ones were', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: {} }, deps)
    expect(kept(pipeline, deps, { resourceLogs: [resourceLogs] }, 'tenant')).toEqual([
      true,
      false,
      false,
      false,
    ])
    passInterval(pipeline, deps)
    expect(deps.generated.map(({ tenantId }) => tenantId)).toEqual(['tenant'])
    const own = (key: string, value: object): KeyValue => ({ key, value })
    expect(decodeLogsRequest(deps.generated[0]!.request)).toEqual({
      resourceLogs: [
        {
          ...resourceLogs,
          scopeLogs: [
            {
              ...resourceLogs.scopeLogs[0],
              logRecords: [
                {
                  timeUnixNano: 1_700_000_000_000_000_007n,
                  observedTimeUnixNano: BigInt(deps.nowMsValue) * 1_000_000n,
                  severityNumber: 13,
                  severityText: 'WARN',
                  eventName: 'e',
                  body: { kvlistValue: { values } },
                  attributes: [
                    ...values,
                    own('log_count', { intValue: 3n }),
                    own('first_observed_timestamp', { stringValue: '2023-11-14T22:13:21.003Z' }),
                    own('last_observed_timestamp', { stringValue: '2023-11-14T22:13:21.007Z' }),
                  ],
                },
              ],
            },
          ],
        },
      ],
    })
  })

  it('replaces attributes that have its names', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: { log_count_attribute: 'times' } }, deps)
    const attributes = stringAttributes({ times: 'x', last_observed_timestamp: 'y', log_count: 'z' })
    kept(pipeline, deps, requestOf([{ attributes }, { attributes }]))
    passInterval(pipeline, deps)
    expect(summariesOf(deps)[0]!.attributes).toMatchObject({ times: 1n, log_count: 'z' })
    expect(summariesOf(deps)[0]!.record.attributes).toHaveLength(4)
  })

  it('is for the rules behind it', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: {} }, deps)
    kept(pipeline, deps, requestOf([{}, {}]))
    passInterval(pipeline, deps)
    expect(deps.generated[0]!.rules).toBeTypeOf('function')
  })
})

describe('what makes a record another one', () => {
  const base: LogRecord = {
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'e',
    body: { stringValue: 'b' },
    attributes: stringAttributes({ a: '1', 'b.c': '2' }),
  }
  const dropped = (config: object, other: LogRecord, pod?: string, tenant?: string): boolean => {
    const deps = testDeps()
    const pipeline = build({ dedup: config }, deps)
    expect(kept(pipeline, deps, requestOf([base]))).toEqual([true])
    return !kept(pipeline, deps, requestOf([other], pod), tenant)[0]
  }
  it.each<[string, LogRecord, boolean]>([
    [
      'times and ids',
      {
        timeUnixNano: 5n,
        observedTimeUnixNano: 6n,
        traceId: Buffer.alloc(16, 1),
        spanId: Buffer.alloc(8, 1),
        flags: 1,
      },
      true,
    ],
    ['the order of attributes', { attributes: stringAttributes({ 'b.c': '2', a: '1' }) }, true],
    ['the severity number', { severityNumber: 10 }, false],
    ['the severity text', { severityText: 'Info' }, false],
    ['the event name', { eventName: 'f' }, false],
    ['the body', { body: { stringValue: 'c' } }, false],
    ['the kind of the body', { body: { bytesValue: Buffer.from('b') } }, false],
    ['an attribute', { attributes: stringAttributes({ a: '1', 'b.c': '3' }) }, false],
    ['an attribute more', { attributes: stringAttributes({ a: '1', 'b.c': '2', d: '' }) }, false],
  ])('%s', (_, change, same) => {
    expect(dropped({}, { ...base, ...change })).toBe(same)
  })

  it('the resource and the tenant', () => {
    expect([dropped({}, base, 'other'), dropped({}, base, 'a', 'other'), dropped({}, base)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it.each<[object, LogRecord, boolean]>([
    [
      { exclude_fields: ['attributes.b\\.c'] },
      { attributes: stringAttributes({ a: '1', 'b.c': '3' }) },
      true,
    ],
    [
      { exclude_fields: ['attributes.b\\.c'] },
      { attributes: stringAttributes({ a: '2', 'b.c': '2' }) },
      false,
    ],
    [
      { include_fields: ['attributes.a'] },
      { attributes: stringAttributes({ a: '1' }), body: { stringValue: 'c' } },
      true,
    ],
    [{ include_fields: ['attributes.a'] }, { attributes: stringAttributes({ a: '2' }) }, false],
    [{ include_fields: ['attributes.a'] }, { severityNumber: 1 }, false],
    [{ include_fields: ['body'] }, { attributes: [] }, true],
    [{ include_fields: ['body'] }, { body: { stringValue: 'c' } }, false],
  ])('%j, case %#', (config, change, same) => {
    expect(dropped(config, { ...base, ...change })).toBe(same)
  })

  it('only logs that a condition is true for are looked at', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: { conditions: ['severity_number < SEVERITY_NUMBER_ERROR'] } }, deps)
    const records = [9, 9, 17, 17].map((severityNumber) => ({ severityNumber }))
    expect(kept(pipeline, deps, requestOf(records))).toEqual([true, false, true, true])
  })
})

describe('bounds', () => {
  it('past keysMax logs pass unlooked at, past bytesMax repetitions do', () => {
    const deps = testDeps()
    const body = (text: string): LogRecord => ({ body: { stringValue: text } })
    const few = build({ dedup: { keysMax: 1 } }, deps)
    expect(kept(few, deps, requestOf(['a', 'b', 'a', 'b'].map(body)))).toEqual([true, true, false, true])
    const small = build({ dedup: { bytesMax: 1024 } }, deps)
    const long = 'x'.repeat(900)
    expect(kept(small, deps, requestOf(['a', long, 'a', long, long].map(body)))).toEqual([
      true,
      true,
      false,
      true,
      true,
    ])
  })

  it('many summaries take several requests, and not all in one tick', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: {} }, deps)
    const records = Array.from({ length: 6000 }, (_, i) => ({ body: { stringValue: String(i >> 1) } }))
    kept(pipeline, deps, requestOf(records))
    passInterval(pipeline, deps)
    expect(deps.generated).toHaveLength(4)
    pipeline.tick()
    expect(deps.generated).toHaveLength(6)
    expect(new Set(summariesOf(deps).map(({ record }) => record.body!.stringValue)).size).toBe(3000)
  })
})

it('a key whose first record was refused is new again, and what was dropped for it is summed up', () => {
  const deps = testDeps()
  const pipeline = build({ dedup: {} }, deps)
  const process = (commit: number): string[] => {
    const batch = scan(requestOf([{}]))
    pipeline.process(batch, commit)
    return reasons(batch, deps)
  }
  expect([process(0), process(1)]).toEqual([[''], ['dedup']])
  pipeline.refused(0)
  expect([process(1), process(1)]).toEqual([[''], ['dedup']])
  pipeline.committed(1)
  passInterval(pipeline, deps)
  expect(summariesOf(deps).map(({ attributes }) => attributes.log_count)).toEqual([1n, 1n])
})

describe('when it ends', () => {
  const two = requestOf([{}, {}])
  it('it sums up what the interval has', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: {} }, deps)
    kept(pipeline, deps, two)
    pipeline.flush()
    expect(summariesOf(deps)).toHaveLength(1)
    pipeline.committed(deps.openCommit)
    pipeline.stop()
    expect(deps.warnings).toEqual([])
  })

  it('it says how many summaries are lost, if the store takes nothing', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: {} }, deps)
    kept(pipeline, deps, two)
    deps.refuses = true
    pipeline.flush()
    pipeline.stop()
    expect(deps.warnings).toMatchObject([{ fields: { processor: 'dedup', summaries: 1 } }])
  })
})

describe('the configuration', () => {
  it.each<[object, string]>([
    [{ interval: 'soon' }, 'interval expected a duration from 1s to 3600s, such as 10s or 1m30s'],
    [{ timezone: 'Europe/Berlin' }, 'timezone only UTC is supported'],
    [
      { include_fields: ['body'], exclude_fields: ['attributes.a'] },
      'exclude_fields stands beside include_fields: write one of them',
    ],
    [{ exclude_fields: ['body'] }, 'exclude_fields body as a whole can not be left out'],
    [
      { exclude_fields: ['attributes.a.b'] },
      'exclude_fields.0 expected body or attributes.NAME, a dot in a name as \\.',
    ],
    [{ include_fields: ['a'] }, 'include_fields.0 expected body or attributes.NAME'],
    [{ keysMax: 0 }, 'keysMax expected a whole number from 1'],
    [{ conditions: ['nope == 1'] }, 'conditions.0 line 1, column 1'],
    [{ exclude_field: [] }, 'exclude_field unknown key (did you mean exclude_fields?)'],
  ])('%j: %s', (config, message) => {
    const parsed = parseProcessors({ dedup: config })
    if (!('issues' in parsed)) throw new Error('it was accepted')
    const [{ message: said, path }] = parsed.issues as [{ message: string; path: string[] }]
    expect(`${path.slice(1).join('.')} ${said}`).toContain(message)
  })

  it('a dry run drops nothing and generates nothing, and counts what it would have dropped', () => {
    const deps = testDeps()
    const pipeline = build({ dedup: { dryRun: true } }, deps)
    expect(kept(pipeline, deps, requestOf([{}, {}, {}]))).toEqual([true, true, true])
    passInterval(pipeline, deps)
    pipeline.flush()
    expect(deps.generated).toEqual([])
    expect(pipeline.rules().get('dedup')).toMatchObject([{ matched: 2, dryRun: true }])
  })
})

describe('the contract', () => {
  const records = ['a', 'b', 'a', 'a'].map((stringValue) => ({ body: { stringValue } }))
  itKeepsTheContract({
    make: (deps) => build({ dedup: {} }, deps).processors[0]!,
    requests: [requestOf(records), requestOf(records, 'b'), requestOf(records)],
  })
})
