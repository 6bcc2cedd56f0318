import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { thresholdOf } from '../../../src/processors/sample/threshold.ts'
import type { LogRecord, Span } from '../../otlp/proto.ts'
import { build, reasons } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { type Requests, scannedAs } from '../ottl/evaluate.ts'
import { readmeOf } from '../readme.ts'

function logsOf(logRecords: ReadonlyArray<LogRecord>): Requests['logs'] {
  return { resourceLogs: [{ scopeLogs: [{ logRecords: [...logRecords] }] }] }
}

function spansOf(spans: ReadonlyArray<Span>): Requests['traces'] {
  return { resourceSpans: [{ scopeSpans: [{ spans: [...spans] }] }] }
}

/** Which are kept, under a configuration. */
function keptLogs(config: object, records: ReadonlyArray<LogRecord>): boolean[] {
  const deps = testDeps()
  const pipeline = build({ sample: config }, deps)
  const batch = scannedAs('logs', logsOf(records))
  pipeline.process(batch, 1)
  return reasons(batch, deps).map((reason) => reason === '')
}

function keptSpans(config: object, spans: ReadonlyArray<Span>): boolean[] {
  const deps = testDeps()
  const pipeline = build({ sample: config }, deps)
  const batch = scannedAs('traces', spansOf(spans))
  pipeline.process(batch, 1)
  return reasons(batch, deps).map((reason) => reason === '')
}

const idOf = (hex: string): Buffer => Buffer.from(hex, 'hex')
const traceId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))

const { processors, rows } = readmeOf('sample')
const SEVERITY_NUMBERS: Readonly<Record<string, number>> = { INFO: 9, WARN: 13, ERROR: 17 }

it.each(rows)('does what its README says: %s of a %s is %s', (id, what, out) => {
  const { sample } = processors[0]!
  const trace = idOf(id!.replaceAll('`', ''))
  const [kept] = what!.startsWith('span')
    ? keptSpans(sample!, [{ traceId: trace, spanId: Buffer.alloc(8, 1), name: 'x' }])
    : keptLogs(sample!, [
        {
          traceId: trace,
          severityNumber: SEVERITY_NUMBERS[what!.split(', ')[1]!]!,
          attributes: what!.includes('audit') ? [{ key: 'audit', value: { boolValue: true } }] : [],
        },
      ])
  expect(kept ? 'kept' : 'dropped').toBe(out)
})

describe('thresholds are those of the specification, with four digits', () => {
  it.each([
    [100, ''],
    [50, '8'],
    [25, 'c'],
    [75, '4'],
    [10, 'e666'],
    [33.333333, 'aaab'],
    [1, 'fd70a'],
    [0.1, 'ffbe77'],
    [99.9, '004189'],
  ])('%d %%: %s', (percentage, digits) => {
    const { high, low } = thresholdOf(percentage, 'proportional')
    const hex = ((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(14, '0')
    expect(hex).toBe(digits.padEnd(14, '0'))
  })
})

/** FNV-1a over the seed, low byte first, and the bytes: the collector keeps what is below its share of 2^14. */
function collectorKeeps(bytes: Uint8Array, seed: number, percentage: number): boolean {
  let hash = 0x811c9dc5n
  const all = [0, 8, 16, 24].map((shift) => (seed >>> shift) & 0xff).concat(...bytes)
  for (const byte of all) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn
  const float = (value: number): number => new Float32Array([value])[0]!
  return Number(hash & 0x3fffn) < Math.floor(float(float(percentage) * float(163.84)))
}

it('FNV-1a is that of its authors', () => {
  // "foobar" hashes to bf9cf968 (isthe.com/chongo/src/fnv/test_fnv.c); its first four bytes stand for the seed.
  const seed = Buffer.from('foob').readUInt32LE()
  const below = 100 * ((0xbf9cf968 & 0x3fff) / 0x4000)
  expect(collectorKeeps(Buffer.from('ar'), seed, below + 0.01)).toBe(true)
  expect(collectorKeeps(Buffer.from('ar'), seed, below)).toBe(false)
})

describe('hash_seed keeps what a collector keeps', () => {
  const percentage = fc.oneof(
    fc.double({ min: 0.01, max: 100, noNaN: true }),
    fc.constantFrom(0, 1, 10, 50, 100),
  )
  const seed = fc.integer({ min: 1, max: 0xffffffff })
  it('of spans and logs with a trace id', () => {
    fc.assert(
      fc.property(
        seed,
        percentage,
        fc.array(traceId, { minLength: 1 }),
        (hash_seed, sampling_percentage, ids) => {
          const expected = ids.map((id) => collectorKeeps(id, hash_seed, sampling_percentage))
          const config = { hash_seed, sampling_percentage }
          // A percentage that rounds to nothing keeps nothing; one of 100 everything.
          expect(
            keptSpans(
              config,
              ids.map((id) => ({ traceId: id })),
            ),
          ).toEqual(expected)
          expect(
            keptLogs(
              config,
              ids.map((id) => ({ traceId: id })),
            ),
          ).toEqual(expected)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of logs by an attribute, where there is no trace id', () => {
    fc.assert(
      fc.property(seed, fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (hash_seed, sessions) => {
        const config = { hash_seed, sampling_percentage: 50, from_attribute: 'session' }
        const records = sessions.map((stringValue) => ({
          attributes: [{ key: 'session', value: { stringValue } }],
        }))
        const expected = sessions.map((session) =>
          collectorKeeps(Buffer.from(session.toWellFormed()), hash_seed, 50),
        )
        expect(keptLogs(config, records)).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })
})

describe('by trace id', () => {
  it('spans and logs of a trace are kept together, and what is kept of less is kept of more', () => {
    const percentages = fc
      .tuple(fc.nat(1000), fc.nat(1000))
      .map((two) => two.map((n) => n / 10).sort((a, b) => a - b))
    fc.assert(
      fc.property(percentages, fc.array(traceId, { minLength: 1 }), ([less, more], ids) => {
        const [spans, logs, ofMore] = [
          keptSpans(
            { sampling_percentage: less },
            ids.map((id) => ({ traceId: id, name: 'a' })),
          ),
          keptLogs(
            { sampling_percentage: less },
            ids.map((id) => ({ traceId: id, body: { stringValue: 'b' } })),
          ),
          keptSpans(
            { sampling_percentage: more },
            ids.map((id) => ({ traceId: id, name: 'c' })),
          ),
        ]
        expect(logs).toEqual(spans)
        spans.forEach((kept, i) => void (kept && expect(ofMore[i]).toBe(true)))
      }),
      { numRuns: 200 },
    )
  })

  it('it is the share that was asked for', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => createHash('md5').update(String(i)).digest())
    for (const mode of ['proportional', 'hash_seed'])
      for (const sampling_percentage of [1, 10, 50]) {
        const spans = ids.map((id) => ({ traceId: id }))
        const kept = keptSpans({ mode, sampling_percentage }, spans).filter(Boolean).length
        // Five standard deviations.
        const share = sampling_percentage / 100
        expect(Math.abs(kept - 20_000 * share)).toBeLessThan(5 * Math.sqrt(20_000 * share * (1 - share)))
      }
  })

  const FAR = 'ffffffffffffff'
  it.each<[mode: string, traceState: string, kept: boolean]>([
    ['proportional', '', true],
    ['proportional', 'ot=rv:bfffffffffffff', false],
    ['proportional', 'ot=rv:c0000000000000', true],
    ['proportional', 'vendor=1,ot=th:0;rv:bfffffffffffff', false],
    ['proportional', 'vendor=1, ot=rv:bfffffffffffff;th:0,other=2', false],
    // Half was kept before: a quarter of that is what reaches e0000000000000.
    ['proportional', 'ot=th:8;rv:dfffffffffffff', false],
    ['proportional', 'ot=th:8;rv:e0000000000000', true],
    ['equalizing', 'ot=th:8;rv:dfffffffffffff', true],
    // Malformed: the trace id decides.
    ['proportional', 'ot=rv:bfffff', true],
    ['proportional', 'ot=rv:BFFFFFFFFFFFFF', true],
    ['proportional', 'ot=', true],
    ['proportional', 'xot=rv:bfffffffffffff', true],
    ['proportional', 'ot', true],
  ])('%s, tracestate "%s": kept %j', (mode, traceState, kept) => {
    const span = { traceId: idOf(`000000000000000001${FAR}`), traceState, name: 'end' }
    expect(keptSpans({ mode, sampling_percentage: 25 }, [span, { name: 'rv:00000000000000' }])[0]).toBe(kept)
  })
})

describe('without a trace id', () => {
  const record = (i: number): LogRecord => ({ timeUnixNano: 1n, body: { stringValue: `line ${i}` } })
  const records = Array.from({ length: 5000 }, (_, i) => record(i))

  it('the record decides: a share is kept, the same ones when they are sent again', () => {
    const kept = keptLogs({ sampling_percentage: 20 }, records)
    expect(Math.abs(kept.filter(Boolean).length - 1000)).toBeLessThan(5 * Math.sqrt(5000 * 0.2 * 0.8))
    expect(keptLogs({ sampling_percentage: 20 }, records)).toEqual(kept)
  })

  it('equal lines of other times are other records', () => {
    const same = Array.from({ length: 2000 }, (_, i) => ({ ...record(1), timeUnixNano: BigInt(i + 1) }))
    const kept = keptLogs({ sampling_percentage: 50 }, same).filter(Boolean).length
    expect(Math.abs(kept - 1000)).toBeLessThan(5 * Math.sqrt(2000 * 0.25))
  })

  it('an attribute that is not there leaves it to the record', () => {
    const config = { sampling_percentage: 20, from_attribute: 'session' }
    expect(keptLogs(config, records)).toEqual(keptLogs({ sampling_percentage: 20 }, records))
  })

  it('spans too', () => {
    const spans = records.map((_, i) => ({ name: `span ${i}` }))
    const kept = keptSpans({ sampling_percentage: 20 }, spans).filter(Boolean).length
    expect(Math.abs(kept - 1000)).toBeLessThan(5 * Math.sqrt(5000 * 0.2 * 0.8))
  })
})

describe('severities', () => {
  const severity_percentage = {
    unspecified: 100,
    trace: 0,
    debug: 0,
    info: 100,
    warn: 0,
    error: 100,
    fatal: 0,
  }
  it.each([
    [0, true],
    [1, false],
    [4, false],
    [5, false],
    [8, false],
    [9, true],
    [12, true],
    [13, false],
    [16, false],
    [17, true],
    [20, true],
    [21, false],
    [24, false],
    [25, true],
  ])('%d: kept %j', (severityNumber, kept) => {
    expect(keptLogs({ sampling_percentage: 50, severity_percentage }, [{ severityNumber }])).toEqual([kept])
  })
})

describe('what is protected is kept', () => {
  it('whatever the share, in each signal that the condition can be asked of', () => {
    const config = { sampling_percentage: 0, keep: ['attributes["keep"] == true', 'body == "stay"'] }
    const attributes = [{ key: 'keep', value: { boolValue: true } }]
    const logs = [{ attributes }, { body: { stringValue: 'stay' } }, { body: { stringValue: 'go' } }]
    expect(keptLogs(config, logs)).toEqual([true, true, false])
    expect(keptSpans(config, [{ attributes }, {}])).toEqual([true, false])
  })

  it('also where the condition can not be evaluated', () => {
    const dividing = { sampling_percentage: 0, keep: ['1 / attributes["n"] == 5'] }
    const n = (intValue: number): LogRecord => ({ attributes: [{ key: 'n', value: { intValue } }] })
    expect(keptLogs(dividing, [n(0), n(1)])).toEqual([true, false])
  })
})

describe('the configuration', () => {
  it.each<[object, string]>([
    [{}, 'sampling_percentage expected a percentage from 0 to 100'],
    [{ sampling_percentage: 101 }, 'sampling_percentage expected a percentage from 0 to 100'],
    [{ sampling_percentage: 1, mode: 'hash' }, 'mode expected one of proportional, equalizing, hash_seed'],
    [
      { sampling_percentage: 1, severity_percentage: { warm: 1 } },
      'severity_percentage.warm unknown key (did you mean warn?)',
    ],
    [{ sampling_percentage: 1, signals: ['metrics'] }, 'signals.0 expected logs or traces'],
    [{ sampling_percentage: 1, hash_seed: -1 }, 'hash_seed expected a whole number from 0 to 4294967295'],
    [{ sampling_percentage: 1, keep: ['nam == 1'] }, 'keep.0 line 1, column 1'],
    [
      { samplingPercentage: 1, sampling_percentage: 1 },
      'samplingPercentage unknown key (did you mean sampling_percentage?)',
    ],
  ])('%j: %s', (config, message) => {
    const parsed = parseProcessors({ sample: config })
    if (!('issues' in parsed)) throw new Error('it was accepted')
    const [{ message: said, path }] = parsed.issues as [{ message: string; path: string[] }]
    expect(`${path.slice(1).join('.')} ${said}`).toContain(message)
  })

  it.each<[object, string[]]>([
    [{ sampling_percentage: 100 }, ['keeps all logs', 'keeps all spans']],
    [{ sampling_percentage: 0 }, ['drops all logs', 'drops all spans']],
    [{ sampling_percentage: 0, keep: ['body != nil'] }, ['drops all spans']],
    [{ sampling_percentage: 10, signals: ['logs'] }, []],
  ])('%j warns: %j', (config, expected) => {
    const parsed = parseProcessors({ sample: config })
    if ('issues' in parsed) throw new Error(parsed.issues[0]!.message)
    expect(parsed.plan.warnings.map(({ message }) => message)).toEqual(expected)
  })

  it('a dry run drops nothing, and counts what it would have', () => {
    const deps = testDeps()
    const pipeline = build({ sample: { sampling_percentage: 0, dryRun: true } }, deps)
    for (const batch of [
      scannedAs('logs', logsOf([{ severityNumber: 9 }, {}])),
      scannedAs('traces', spansOf([{}])),
    ]) {
      pipeline.process(batch, 1)
      expect(new Set(reasons(batch, deps))).toEqual(new Set(['']))
    }
    pipeline.committed(1)
    const matched = pipeline
      .rules()
      .get('sample')!
      .flatMap(({ rule, matched }) => (matched > 0 ? [[rule, matched]] : []))
    expect(matched).toEqual([
      ['logs.unspecified', 1],
      ['logs.info', 1],
      ['traces', 1],
    ])
  })
})

describe.each(['logs', 'traces'] as const)('the contract, %s', (signal) => {
  const ids = fc.sample(traceId, { numRuns: 40, seed: 3 })
  const make = { logs: logsOf, traces: spansOf }[signal]
  itKeepsTheContract({
    make: (deps) =>
      build({ sample: { sampling_percentage: 30, keep: ['attributes["keep"] == true'] } }, deps)
        .processors[0]!,
    requests: [make(ids.map((id) => ({ traceId: id }))), make([{}, {}, {}, {}])],
    signal,
  })
})
