import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { retentionDaysOf } from '../../src/tenancy/retention.ts'
import { loadOptions } from '../config/load-options.ts'

const daysOf = (yaml: string) =>
  retentionDaysOf(loadConfig(`retention: ${yaml}`, loadOptions()).config.retention)

describe('policies', () => {
  const days = daysOf(`
  policies:
    - { namespace: kube-system, days: 1 }
    - { tenant: "ws-*", service: "*audit*", days: 100 }
    - { tenant: ws-1, days: 8 }
    - { service: batch-*-job, days: 14 }
  `)

  it.each<[tenantId: string, namespace: string, serviceName: string, expected: number]>([
    ['default', 'kube-system', 'x', 3],
    ['ws-1', 'kube-system', 'audit', 3],
    ['ws-1', 'n', 'audit', 365],
    ['ws-2', 'n', 'an-audit-log', 365],
    ['other', 'n', 'audit', 30],
    ['ws-1', 'n', 'x', 14],
    ['ws-10', 'n', 'x', 30],
    ['default', 'n', 'batch-1-job', 14],
    ['default', 'n', 'batch-job', 30],
    ['default', '', '', 30],
  ])('tenant %s, namespace %s, service %s: %i days', (tenantId, namespace, serviceName, expected) => {
    expect(days({ tenantId, namespace, serviceName })).toBe(expected)
  })

  it('are always rounded up to a class, never down', () => {
    const classes = [3, 7, 14, 30, 90, 365]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 365 }), (wanted) => {
        const given = daysOf(`{ policies: [{ service: a, days: ${wanted} }] }`)({
          tenantId: '',
          namespace: '',
          serviceName: 'a',
        })
        expect(classes).toContain(given)
        expect(given).toBeGreaterThanOrEqual(wanted)
        expect(classes.filter((other) => other >= wanted && other < given)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })
})

it('* is any run of characters, as in a regular expression', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 })
  const pattern = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('*'))
  fc.assert(
    fc.property(
      pattern.filter((text) => text !== ''),
      word,
      (glob, text) => {
        const days = daysOf(`{ policies: [{ service: ${JSON.stringify(glob)}, days: 7 }] }`)
        const fits = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(text)
        expect(days({ tenantId: 't', namespace: 'n', serviceName: text })).toBe(fits ? 7 : 30)
      },
    ),
  )
})
