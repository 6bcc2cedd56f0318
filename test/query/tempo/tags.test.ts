import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { makeSpans, type PlainSpan, sendSpans } from '../traces/world.ts'
import { requestOf } from './typed-spans.ts'

/** Guarantees: what is offered for a query is what stands in the spans of the tenant and the range, and an unfinished query is no error. */

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
const SPANS = makeSpans(BASE, 30)
const OWN = SPANS.filter(({ tenant }) => tenant === 'acme')
const RANGE = { start: String(BASE / SECOND - 10n), end: String(BASE / SECOND + 60n) }

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await sendSpans(send, SPANS)
    await send.traces('typed', requestOf(BASE))
  })
}, 60_000)
afterAll(() => signals?.stop())

const read = async <Body>(
  tenant: string,
  path: string,
  asked: Readonly<Record<string, string>> = {},
): Promise<Body> =>
  jsonOf<Body>(
    await signals.api.get(`/tempo/api${path}?${new URLSearchParams({ ...RANGE, ...asked })}`, {
      'x-scope-orgid': tenant,
    }),
  )
type Tags = { scopes: Array<{ name: string; tags: string[] }> }
type Values = { tagValues: Array<{ type: string; value: string }> }
const sorted = (values: Iterable<string>) => [...new Set(values)].sort()

describe('names', () => {
  const span = sorted(OWN.flatMap(({ attributes }) => Object.keys(attributes)))
  const resource = ['k8s.namespace.name', 'service.name']

  it('stand by scope', async () => {
    const { scopes } = await read<Tags>('acme', '/v2/search/tags')
    expect(scopes.map(({ name }) => name)).toEqual(['resource', 'span', 'intrinsic'])
    expect([scopes[0]!.tags, scopes[1]!.tags]).toEqual([resource, span])
    expect(scopes[2]!.tags).toContain('rootServiceName')
  })

  it.each<[Readonly<Record<string, string>>, string[]]>([
    [{ scope: 'span' }, span],
    [{ scope: 'resource' }, resource],
    [{ scope: 'event' }, []],
    [{ scope: 'span', limit: '2' }, span.slice(0, 2)],
    [{ scope: 'span', start: '1000', end: '2000' }, []],
    [{ scope: 'resource', q: '{ name = "no such" }' }, []],
    [{ scope: 'span', q: '{ .cached = nil && name =' }, span.filter((name) => name !== 'cached')],
  ])('%o', async (asked, names) => {
    expect((await read<Tags>('acme', '/v2/search/tags', asked)).scopes.flatMap(({ tags }) => tags)).toEqual(
      names,
    )
    expect((await read<{ tagNames: string[] }>('acme', '/search/tags', asked)).tagNames).toEqual(
      [...names].sort(),
    )
  })
})

describe('values', () => {
  const strings = (values: Iterable<string>) => sorted(values).map((value) => ({ type: 'string', value }))
  const is = (test: (span: PlainSpan) => boolean) => OWN.filter(test)

  it.each<[string, Readonly<Record<string, string>>, unknown]>([
    ['resource.service.name', {}, strings(OWN.map(({ service }) => service))],
    ['.service.name', {}, strings(OWN.map(({ service }) => service))],
    ['service.name', {}, strings(OWN.map(({ service }) => service))],
    ['span.service.name', {}, []],
    ['name', {}, strings(OWN.map(({ name }) => name))],
    ['rootName', {}, strings(is(({ isRoot }) => isRoot).map(({ name }) => name))],
    ['rootServiceName', {}, strings(is(({ isRoot }) => isRoot).map(({ service }) => service))],
    [
      'span.http.response.status_code',
      {},
      [
        { type: 'int', value: '200' },
        { type: 'int', value: '500' },
      ],
    ],
    ['span.cached', {}, [{ type: 'bool', value: 'true' }]],
    ['status', {}, ['unset', 'ok', 'error'].map((value) => ({ type: 'keyword', value }))],
    ['duration', {}, []],
    ['nothing.like.it', {}, []],
    [
      'resource.service.name',
      { q: '{ status = error && resource.k8s.namespace.name = "dev" && span.x = }' },
      strings(
        is(({ status, namespace }) => status === 2 && namespace === 'dev').map(({ service }) => service),
      ),
    ],
    ['name', { q: '{ name = ' }, strings(OWN.map(({ name }) => name))],
    ['name', { q: '{ .a || ' }, strings(OWN.map(({ name }) => name))],
    // What is complete of it is not all of it: the rest may widen it.
    ['name', { q: '{ name = "100%" && status = error || name = ' }, strings(OWN.map(({ name }) => name))],
    ['name', { q: '{ name = "100%" }', limit: '1' }, strings(['100%'])],
  ])('%s %o', async (tag, asked, values) => {
    const path = `/search/tag/${encodeURIComponent(tag)}/values`
    const { tagValues } = await read<Values>('acme', `/v2${path}`, asked)
    expect(tagValues).toEqual(values)
    const plain = await read<{ tagValues: string[] }>('acme', path, asked)
    expect(plain.tagValues).toEqual((values as Values['tagValues']).map(({ value }) => value))
  })

  it('keep their types, of spans and of resources', async () => {
    const { tagValues } = await read<Values>('typed', '/v2/search/tag/.v/values')
    expect(tagValues).toEqual(
      expect.arrayContaining([
        { type: 'int', value: '5' },
        { type: 'float', value: '5' },
        { type: 'float', value: '5.5' },
        { type: 'string', value: '5' },
        { type: 'bool', value: 'true' },
        { type: 'string', value: 'web' },
      ]),
    )
    const ofResource = await read<Values>('typed', '/v2/search/tag/resource.v/values')
    expect(ofResource.tagValues).toEqual([
      { type: 'int', value: '5' },
      { type: 'string', value: 'web' },
    ])
  })
})
