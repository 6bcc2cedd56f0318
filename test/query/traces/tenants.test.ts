import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import type { World } from '../loki/support/world.ts'
import { testEndpoints } from '../support.ts'
import { BASE, startTracesWorld, TRACE } from './gateway-world.ts'

/**
 * Guarantees: of everything that Jaeger's and Tempo's APIs show, a tenant sees its own alone; nobody else's credential,
 * header or lack of them changes that.
 */

let world: World
beforeAll(async () => {
  world = await startTracesWorld()
})
afterAll(() => world?.stop())

const SECONDS = Number(BASE / 1_000_000_000n)
const RANGE = `start=${SECONDS - 60}&end=${SECONDS + 60}`

/** By path, what is asked of it; a name of the path is filled in. Undefined: shows no data. */
const ENDPOINTS: Readonly<Record<string, string | undefined>> = {
  '/jaeger/api/services': '/jaeger/api/services',
  '/jaeger/api/services/{service}/operations': '/jaeger/api/services/cart/operations',
  '/jaeger/api/operations': '/jaeger/api/operations?service=cart',
  '/jaeger/api/traces': '/jaeger/api/traces?service=cart',
  '/jaeger/api/traces/{traceId}': `/jaeger/api/traces/${TRACE}`,
  '/jaeger/api/dependencies': '/jaeger/api/dependencies',
  '/tempo/ready': undefined,
  '/tempo/api/echo': undefined,
  '/tempo/api/status/buildinfo': undefined,
  '/tempo/api/traces/{traceId}': `/tempo/api/traces/${TRACE}`,
  '/tempo/api/v2/traces/{traceId}': `/tempo/api/v2/traces/${TRACE}`,
  '/tempo/api/search': `/tempo/api/search?${RANGE}&q=${encodeURIComponent('{ rootServiceName =~ ".*" && .items > 0 && resource.owner != "x" && traceDuration > 1ms }')}`,
  '/tempo/api/search/tags': undefined,
  '/tempo/api/v2/search/tags': undefined,
  '/tempo/api/search/tag/{tag}/values': `/tempo/api/search/tag/http.route/values?${RANGE}`,
  '/tempo/api/v2/search/tag/{tag}/values': `/tempo/api/v2/search/tag/resource.owner/values?${RANGE}`,
}

it('the table has every endpoint', () => {
  const paths = testEndpoints(defaultConfig()).map(({ path }) => path)
  const own = paths.filter((path) => /^\/(?:jaeger|tempo)\//.test(path))
  expect(Object.keys(ENDPOINTS).sort()).toEqual(own.sort())
})

const READING = Object.entries(ENDPOINTS).filter((entry): entry is [string, string] => entry[1] !== undefined)

describe.each(READING)('%s', (_, path) => {
  it('shows each tenant its own alone, and both to who may read both', async () => {
    const [acme, globex] = [await world.ask('acme', path), await world.ask('globex', path)]
    expect([acme.status, globex.status], acme.text).toEqual([200, 200])
    expect([acme.text.includes('acme'), acme.text.includes('globex')]).toEqual([true, false])
    expect([globex.text.includes('globex'), globex.text.includes('acme')]).toEqual([true, false])
    const both = await world.ask('both', path, { tenants: 'acme|globex' })
    expect([both.text.includes('acme'), both.text.includes('globex')]).toEqual([true, true])
  })

  it.each([
    ['the header of another tenant', 'acme', 'globex', 403],
    ['the header of both', 'acme', 'acme|globex', 403],
    ['no credential', undefined, undefined, 401],
    ['no tenant of several', 'both', undefined, 401],
    ['an ill-formed tenant', 'both', 'acme:x', 400],
  ] as const)('%s: refused, in the form of its API', async (_name, who, tenants, status) => {
    const answer = await world.ask(who, path, { tenants })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toMatch(/page of|cart|\/acme/)
    if (path.startsWith('/jaeger'))
      expect(JSON.parse(answer.text)).toMatchObject({ data: null, errors: [{ code: status }] })
    else expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })
})
