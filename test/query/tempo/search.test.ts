import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { searchAnswer } from '../../../src/query/tempo/response/schemas.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { least, makeSpans, most, NAMES, type PlainSpan, SERVICES, sendSpans } from '../traces/world.ts'
import { requestOf, traceIdOf } from './typed-spans.ts'

/** Guarantees: a search finds what the expression means over the spans that were sent, told by plain loops over them. */

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
const SPANS = makeSpans(BASE, 50)
const RANGE = { start: String(BASE / SECOND - 10n), end: String(BASE / SECOND + 60n) }

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await sendSpans(send, SPANS)
    await send.traces('typed', requestOf(BASE))
  })
}, 60_000)
afterAll(() => signals?.stop())

type Found = z.output<typeof searchAnswer>['traces']

const ask = (tenant: string, asked: Readonly<Record<string, string>>) =>
  signals.api.get(`/tempo/api/search?${new URLSearchParams({ ...RANGE, limit: '1000', ...asked })}`, {
    'x-scope-orgid': tenant,
  })
const search = async (tenant: string, asked: Readonly<Record<string, string>>): Promise<Found> =>
  searchAnswer.parse(jsonOf(await ask(tenant, asked))).traces
const idsOf = (traces: Found) => traces.map(({ traceID }) => traceID).sort()

describe('types', () => {
  it.each<[string, string[]]>([
    ['span.v = 5', ['int 5', 'double 5']],
    ['5 = span.v', ['int 5', 'double 5']],
    ['span.v > 5', ['double 5.5', 'int max', 'int max-1', 'both']],
    ['5 < span.v && span.v < 6', ['double 5.5']],
    ['span.v >= 5.5', ['double 5.5', 'int max', 'int max-1', 'both']],
    ['span.v = 9223372036854775807', ['int max']],
    ['span.v < 9223372036854775807 && span.v > 1000000', ['int max-1']],
    ['span.v != 5', ['double 5.5', 'double NaN', 'int max', 'int max-1', 'both']],
    ['span.v = "5"', ['text 5']],
    ['span.v = ""', ['text empty']],
    ['span.v != "5"', ['text empty', 'text größe', 'text lines']],
    ['span.v =~ "[0-9]|gr.+"', ['text 5', 'text größe']],
    ['span.v =~ "r"', []],
    ['span.v =~ "größe|x"', ['text größe']],
    ['span.v =~ "a.b"', []],
    ['span.v =~ `(a|\\s|b)+`', ['text lines']],
    ['span.v !~ "5|gr.*|"', ['text lines']],
    ['span.v > "4"', ['text 5', 'text größe', 'text lines']],
    ['span.v = true', ['true']],
    ['span.v', ['true']],
    ['span.v != true', ['false']],
    [
      '!(span.v = true) && span.v != nil && resource.v = nil && span.v >= 0',
      ['int 5', 'double 5', 'double 5.5', 'int max', 'int max-1'],
    ],
    ['.v = 5', ['int 5', 'double 5', 'resource int 5']],
    ['.v = 6', ['both']],
    ['resource.v = 5', ['resource int 5', 'both']],
    ['resource.v =~ "w.*"', ['resource text']],
    ['.v != nil && span.v = nil', ['resource int 5', 'resource text']],
    ['.v = nil', ['neither', 'server', 'error', 'ok', 'long']],
    ['resource.v != nil', ['resource int 5', 'resource text', 'both']],
    ['kind = server', ['server']],
    ['status = error', ['error']],
    ['status = ok || statusMessage =~ "it.*"', ['ok', 'error']],
    ['duration > 1s', ['long']],
    ['span:duration = 2.5s', ['long']],
    ['traceDuration >= 2500ms', ['long']],
    ['rootName = "long"', ['long']],
    ['trace:rootName =~ "lo.*" && nestedSetParent < 0', ['long']],
    ['rootServiceName = "typed" && name = "neither"', ['neither']],
    ['nestedSetParent >= 0', []],
    [`trace:id = "${traceIdOf('ok').replace(/^0+/, '')}"`, ['ok']],
    ['false', []],
    ['resource."service.name" = "typed" && span."v" = 6', ['both']],
  ])('{ %s }', async (condition, names) => {
    expect(idsOf(await search('typed', { q: `{ ${condition} }` }))).toEqual(names.map(traceIdOf).sort())
  })
})

/** A condition with what it means. */
type Meaning = { readonly text: string; readonly test: (span: PlainSpan) => boolean }

const rootsOf = (span: PlainSpan) =>
  SPANS.filter(({ tenant, traceId, isRoot }) => tenant === span.tenant && traceId === span.traceId && isRoot)

const leaves: ReadonlyArray<fc.Arbitrary<Meaning>> = [
  fc.constantFrom(...NAMES).map((name) => ({ text: `name = "${name}"`, test: (span) => span.name === name })),
  fc.constantFrom(...SERVICES).map((name) => ({
    text: `resource.service.name != "${name}"`,
    test: ({ service }) => service !== name,
  })),
  fc.constantFrom('prod', 'dev').map((name) => ({
    text: `.k8s.namespace.name = "${name}"`,
    test: ({ namespace }) => namespace === name,
  })),
  fc.constantFrom<[string, number]>(['unset', 0], ['ok', 1], ['error', 2]).map(([word, code]) => ({
    text: `status = ${word}`,
    test: ({ status }) => status === code,
  })),
  fc
    .constantFrom<[string, bigint]>(['1ns', 1n], ['100ms', 100_000_000n], ['1.5s', 1_500_000_000n])
    .map(([text, ns]) => ({ text: `duration >= ${text}`, test: ({ duration }) => duration >= ns })),
  fc.constantFrom(200, 500, 404).map((code) => ({
    text: `span.http.response.status_code < ${code}`,
    test: ({ attributes }) => Number(attributes['http.response.status_code']) < code,
  })),
  fc.constantFrom('/', '/cart', '').map((route) => ({
    text: `.http.route = "${route}"`,
    test: ({ attributes }) => attributes['http.route'] === route,
  })),
  fc.constant({ text: '.cached', test: ({ attributes }) => attributes.cached === true }),
  fc.constant({ text: '.cached = nil', test: ({ attributes }) => attributes.cached === undefined }),
  fc.constantFrom(...SERVICES).map((name) => ({
    text: `rootServiceName = "${name}"`,
    test: (span) => rootsOf(span).some(({ service }) => service === name),
  })),
  fc.constant({ text: 'nestedSetParent < 0', test: ({ isRoot }) => isRoot }),
]

const { condition } = fc.letrec<{ condition: Meaning }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(...leaves),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => ({
      text: `(${a.text} && ${b.text})`,
      test: (span: PlainSpan) => a.test(span) && b.test(span),
    })),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => ({
      text: `(${a.text} || ${b.text})`,
      test: (span: PlainSpan) => a.test(span) || b.test(span),
    })),
    tie('condition').map((a) => ({ text: `!(${a.text})`, test: (span: PlainSpan) => !a.test(span) })),
  ),
}))

describe('any expression', () => {
  it('finds the traces, spans and counts that plain loops find', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('acme', 'umbrella'), condition, async (tenant, { text, test }) => {
        const traces = await search(tenant, { q: `{ ${text} }`, spss: '100' })
        const own = SPANS.filter((span) => span.tenant === tenant)
        const matching = Map.groupBy(own.filter(test), ({ traceId }) => traceId)
        expect(idsOf(traces)).toEqual([...matching.keys()].sort())
        for (const { traceID, spanSets, startTimeUnixNano, durationMs, rootServiceName } of traces) {
          const all = own.filter(({ traceId }) => traceId === traceID)
          const wanted = matching.get(traceID)!
          expect(spanSets[0]!.matched).toBe(wanted.length)
          expect(spanSets[0]!.spans.map(({ spanID }) => spanID).sort()).toEqual(
            wanted.map(({ spanId }) => spanId).sort(),
          )
          const start = least(all.map((span) => span.start))
          const end = most(all.map((span) => span.start + span.duration))
          expect([startTimeUnixNano, durationMs]).toEqual([String(start), Number((end - start) / 1_000_000n)])
          const roots = all.filter(({ isRoot }) => isRoot).map(({ service }) => service)
          expect(roots.length === 0 ? ['<root span not yet received>'] : roots).toContain(rootServiceName)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('an answer', () => {
  it('is bounded by limit, spss and range', async () => {
    const all = await search('acme', { q: '{}' })
    const some = await search('acme', { q: '{ }', limit: '3', spss: '1' })
    expect(some.map(({ traceID }) => traceID)).toEqual(all.slice(0, 3).map(({ traceID }) => traceID))
    expect(some.every(({ spanSets }) => spanSets[0]!.spans.length === 1)).toBe(true)
    expect(await search('acme', { start: '1000', end: '2000' })).toEqual([])
  })

  it('shows what the query asks about, and the names of spans', async () => {
    const [trace] = await search('typed', {
      q: '{ .v = 6 && resource.v = 5 && status = unset && .service.name = "typed" }',
    })
    expect(trace!.spanSet).toEqual(trace!.spanSets[0])
    expect(trace!.spanSets[0]!.spans).toEqual([
      {
        spanID: '0102030405060708',
        name: 'both',
        startTimeUnixNano: String(BASE),
        durationNanos: '1000',
        attributes: [
          { key: 'status', value: { stringValue: 'unset' } },
          { key: 'v', value: { intValue: '6' } },
          { key: 'v', value: { intValue: '5' } },
          { key: 'service.name', value: { stringValue: 'typed' } },
        ],
      },
    ])
  })
})

describe('the tags form', () => {
  it.each<[Readonly<Record<string, string>>, string[]]>([
    [{ tags: 'v=5' }, ['int 5', 'double 5', 'text 5', 'resource int 5', 'both']],
    [{ tags: 'v="größe"' }, ['text größe']],
    [{ tags: 'service.name=typed name="int 5"' }, ['int 5']],
    [{ tags: 'status.code=error' }, ['error']],
    [{ tags: 'root.name=long root.service.name=typed' }, ['long']],
    [{ tags: 'kind=server' }, ['server']],
    [{ tags: 'kind=lion' }, []],
    [{ minDuration: '1s' }, ['long']],
    [{ tags: 'v=5', minDuration: '1s' }, []],
    [{ tags: 'name=long', maxDuration: '1s' }, []],
  ])('%o', async (asked, names) => {
    expect(idsOf(await search('typed', asked))).toEqual(names.map(traceIdOf).sort())
  })
})

describe('bad input is a sentence', () => {
  it.each([
    [
      { q: '{ .a = }' },
      'invalid TraceQL query: parse error at line 1, col 8: syntax error: unexpected }, expecting a value such as "text", 500, 100ms, error or true',
    ],
    [
      { q: '{ .a = 1 } | rate()' },
      'invalid TraceQL query: parse error at line 1, col 12: pipelines (| count(), | rate(), | select(), …) are not run: search by one spanset { … } without them',
    ],
    [{ q: '{}', tags: 'a=b' }, 'q and tags say the same in two languages: give one of them.'],
    [
      { tags: '=b' },
      `tags="=b" is no list of key=value pairs: logfmt syntax error at pos 1 : unexpected '='.`,
    ],
    [{ limit: '0' }, 'limit="0" is out of range: expected a whole number from 1 to 1000.'],
    [{ spss: '101' }, 'spss="101" is out of range: expected a whole number from 1 to 100.'],
    [
      { start: 'x' },
      'start="x" expected nanoseconds or seconds since 1970, or RFC 3339 such as 2026-01-31T12:00:00Z.',
    ],
    [{ start: '2000', end: '1000' }, 'start is after end: swap them.'],
    [
      { minDuration: '1x' },
      'minDuration="1x" is no duration: expected such as 100ms, 1.5s or 1m30s, or whole nanoseconds.',
    ],
  ])('%o', async (asked, text) => {
    const answer = await ask('typed', asked)
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      400,
      'text/plain; charset=utf-8',
      text,
    ])
  })
})
