import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  METRIC_NAME_BYTES_MAX,
  MetricRegistry,
  NO_METRIC,
} from '../../../src/processors/cardinality-limit/metric-registry.ts'

const TENANTS = ['a', 'b', 'ab']
const NAMES = ['', 'a', 'b', 'ba', 'http.server.request.duration', 'http.server.request.duratiom', 'größe']

type Step = { readonly tenant: string; readonly name: string; readonly release: boolean }
const STEP: fc.Arbitrary<Step> = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 2 })),
  release: fc.boolean(),
})

/** The name somewhere in a larger buffer, as in a request. */
function inRequest(name: string): [Buffer, number, number] {
  const bytes = Buffer.from(`xy${name}z`)
  return [bytes, 2, bytes.length - 1]
}

function run(steps: ReadonlyArray<Step>, registry: MetricRegistry): void {
  const given = new Map<string, number>()
  const versions = new Map<number, number>()
  for (const { tenant, name, release } of steps) {
    const key = `${tenant} ${name}`
    const known = given.get(key) ?? NO_METRIC
    expect(registry.find(tenant, ...inRequest(name))).toBe(known)
    if (release) {
      registry.release(known)
      given.delete(key)
      expect(registry.nameOf(known)).toBeUndefined()
    } else if (known === NO_METRIC && given.size === registry.metricsMax) {
      expect(registry.number(tenant, ...inRequest(name))).toBe(NO_METRIC)
    } else {
      const number = registry.number(tenant, ...inRequest(name))
      if (known !== NO_METRIC) expect(number).toBe(known)
      else {
        expect([...given.values()]).not.toContain(number)
        expect(registry.versionOf(number)).toBeGreaterThan(versions.get(number) ?? 0)
      }
      expect(number).toBeLessThanOrEqual(registry.metricsMax)
      versions.set(number, registry.versionOf(number))
      given.set(key, number)
      expect(registry.nameOf(number)).toEqual({ tenant, name: Buffer.from(name) })
    }
    expect(registry.size).toBe(given.size)
  }
}

describe('a registry gives each metric of each tenant a number of its own', () => {
  it.each([
    ['by its secret hash', {}],
    ['when all names collide', { hash: () => 7 }],
  ])('%s', (_, options) => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 200 }), fc.constantFrom(1, 5, 100_000), (steps, metricsMax) =>
        run(steps, new MetricRegistry({ metricsMax, ...options })),
      ),
      { numRuns: 150 },
    )
  })
})

it('numbers 10,000 metrics and finds them all', () => {
  const registry = new MetricRegistry({ metricsMax: 10_000 })
  const numbers = Array.from({ length: 10_000 }, (_, i) => registry.number('t', ...inRequest(`metric.${i}`)))
  expect(new Set(numbers).size).toBe(10_000)
  expect(registry.number('t', ...inRequest('one.more'))).toBe(NO_METRIC)
  expect(numbers.map((_, i) => registry.find('t', ...inRequest(`metric.${i}`)))).toEqual(numbers)
})

it('keeps a name although the request is gone', () => {
  const registry = new MetricRegistry({ metricsMax: 10 })
  const [bytes, start, end] = inRequest('cpu.time')
  const number = registry.number('t', bytes, start, end)
  bytes.fill(0)
  expect(registry.find('t', ...inRequest('cpu.time'))).toBe(number)
})

it('does not number names that are too long', () => {
  const registry = new MetricRegistry({ metricsMax: 10 })
  expect(registry.number('t', ...inRequest('x'.repeat(METRIC_NAME_BYTES_MAX)))).not.toBe(NO_METRIC)
  expect(registry.number('t', ...inRequest('x'.repeat(METRIC_NAME_BYTES_MAX + 1)))).toBe(NO_METRIC)
  expect(registry.size).toBe(1)
})
