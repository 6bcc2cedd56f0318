import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../src/query/errors.ts'
import { type LogEntry, timeWords } from '../../../src/query/logql/record.ts'
import { secondsText, valueText } from '../../../src/query/loki/response/number.ts'
import { matrixJson } from '../../../src/query/loki/response/samples.ts'
import { StreamGroups } from '../../../src/query/loki/response/stream-groups.ts'

describe('values of samples', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [2, '2'],
    [0.1, '0.1'],
    [1e21, '1000000000000000000000'],
    [1.5e21, '1500000000000000000000'],
    [1.2345e-7, '0.00000012345'],
    [-1e-10, '-0.0000000001'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%d', (value, text) => expect(valueText(value)).toBe(text))

  it('every number comes back, and none has an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = valueText(value)
        expect(text).toMatch(/^-?\d+(\.\d+)?$/)
        expect(Number(text)).toBe(value)
      }),
    )
  })

  it('times are seconds, down to the millisecond', () => {
    expect(secondsText(1_769_860_800_123_456_789n)).toBe('1769860800.123')
    expect(secondsText(1_769_860_800_000_000_000n)).toBe('1769860800')
    expect(secondsText(0n)).toBe('0')
  })
})

const labels = fc
  .dictionary(fc.constantFrom('a', 'b', '__proto__', 'level'), fc.string({ maxLength: 3, unit: 'binary' }), {
    maxKeys: 3,
  })
  .map((pairs) => new Map(Object.entries(pairs)))
const distinct = (
  taken: ReadonlyMap<string, string>,
  map: Map<string, string>,
  prefix: string,
): Map<string, string> =>
  new Map([...map].map(([name, value]) => [taken.has(name) ? prefix + name : name, value]))
const entry = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 62n }), fc.string({ unit: 'binary' }), labels, labels, labels)
  .map(([ns, line, stream, metadata, parsed]): LogEntry & { ns: bigint } => {
    const own = distinct(stream, metadata, 'm_')
    return {
      ns,
      ...timeWords(ns),
      line,
      stream,
      metadata: own,
      parsed: distinct(new Map([...stream, ...own]), parsed, 'p_'),
    }
  })

const objectOf = (map: Iterable<readonly [string, string]>): unknown =>
  JSON.parse(
    `{${[...map].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  )
const sorted = (pairs: Iterable<readonly [string, string]>): Array<readonly [string, string]> =>
  [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))

/** The same, plainly. */
function grouped(entries: ReadonlyArray<LogEntry & { ns: bigint }>, categorize: boolean): unknown {
  const streams = new Map<string, { stream: unknown; values: unknown[] }>()
  for (const { ns, line, stream, metadata, parsed } of entries) {
    const pairs = sorted(categorize ? stream : [...stream, ...metadata, ...parsed])
    const key = JSON.stringify(pairs)
    const group = streams.get(key) ?? { stream: objectOf(pairs), values: [] }
    streams.set(key, group)
    const origins = {
      ...(metadata.size > 0 ? { structuredMetadata: objectOf(metadata) } : {}),
      ...(parsed.size > 0 ? { parsed: objectOf(parsed) } : {}),
    }
    group.values.push(categorize ? [String(ns), line, origins] : [String(ns), line])
  }
  return [...streams.values()]
}

const byText = (streams: unknown): string[] => (streams as unknown[]).map((one) => JSON.stringify(one)).sort()

describe('streams', () => {
  it('have their entries in order, each stream once, whatever is in labels and lines', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), fc.boolean(), (entries, categorize) => {
        const groups = new StreamGroups({ categorize, charactersMax: 1e9 })
        for (const one of entries) groups.add(one)
        const written: unknown = JSON.parse([...groups.json()].join(''))
        // Order of keys aside, which JSON does not mean.
        const normal = (streams: unknown): unknown =>
          JSON.parse(JSON.stringify(streams), (_key, value: unknown) =>
            typeof value === 'object' && value !== null && !Array.isArray(value)
              ? objectOf(
                  sorted(
                    Object.entries(value).map(([name, inner]) => [name, JSON.stringify(inner)] as const),
                  ),
                )
              : value,
          )
        expect(byText(normal(written))).toEqual(byText(normal(grouped(entries, categorize))))
      }),
    )
  })

  it('more than may be held is an error that says so', () => {
    const groups = new StreamGroups({ categorize: false, charactersMax: 1000 })
    const one: LogEntry = {
      ...timeWords(1n),
      line: 'x'.repeat(100),
      stream: new Map(),
      metadata: new Map(),
      parsed: new Map(),
    }
    const fill = (): void => {
      for (let i = 0; i < 20; i++) groups.add(one)
    }
    expect(fill).toThrow(ApiError)
    expect(fill).toThrow(/more than 1000 bytes: lower the limit/)
  })
})

describe('a matrix', () => {
  it('has the times of its steps', () => {
    const series = [
      {
        labels: new Map([
          ['b', '2'],
          ['a', '1'],
        ]),
        points: [
          { step: 0, value: 1 },
          { step: 2, value: 0.5 },
        ],
      },
      { labels: new Map<string, string>(), points: [{ step: 1, value: Number.NaN }] },
    ]
    const { parts } = matrixJson(series, { startNs: 1_000_000_000n, stepNs: 250_000_000n })
    expect([...parts].join('')).toBe(
      '[{"metric":{"a":"1","b":"2"},"values":[[1,"1"],[1.5,"0.5"]]},{"metric":{},"values":[[1.25,"NaN"]]}]',
    )
    expect([...matrixJson([], { startNs: 0n, stepNs: 1n }).parts].join('')).toBe('[]')
  })
})
