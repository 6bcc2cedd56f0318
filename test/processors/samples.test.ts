import { describe, expect, it } from 'vitest'
import type { Batch } from '../../src/otlp/batch.ts'
import { ruleIdentities } from '../../src/processors/rule-ids.ts'
import { RulesInForce } from '../../src/processors/rules-in-force.ts'
import { SampleBook } from '../../src/processors/samples.ts'
import { testDeps } from './kit.ts'
import { scanned } from './ottl/evaluate.ts'

/**
 * Scenario: rules drop records of two tenants. Guarantees: a few of them are kept, the first and then ever fewer; a tenant
 * sees its own; what the redact rules in force look for is masked, and where there are none it is said so.
 */

const RULE = 'severity_number < 9'
const [IDENTITY] = ruleIdentities([{ rule: 'logs.log_record[0]', condition: RULE }])
const BLOCK = { filter: { logs: { log_record: [RULE] } } }

function batchOf(tenant: string, ...bodies: string[]): Batch {
  const logRecords = bodies.map((stringValue) => ({ severityNumber: 5, body: { stringValue } }))
  const batch = scanned({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  batch.tenants.length = 0
  batch.tenants.push(tenant)
  return batch
}

const bodies = (rules: RulesInForce, tenant: string): unknown[] =>
  rules
    .samples('filter', IDENTITY!, tenant)
    .map(({ request }) => JSON.stringify(request).match(/"body":\{"stringValue":"([^"]*)"/)?.[1])

describe('samples', () => {
  it('are of the tenant that asks', () => {
    const rules = new RulesInForce(BLOCK, testDeps())
    rules.live.process(batchOf('a', 'a1', 'a2'), 1)
    rules.live.process(batchOf('b', 'b1'), 1)
    expect(bodies(rules, 'a')).toEqual(['a1', 'a2'])
    expect(bodies(rules, 'b')).toEqual(['b1'])
    expect(bodies(rules, 'c')).toEqual([])
  })

  it('are the latest, ever fewer of many', () => {
    const rules = new RulesInForce(BLOCK, testDeps())
    for (let i = 0; i < 100; i++)
      rules.live.process(batchOf('a', ...Array.from({ length: 100 }, (_, k) => `${i * 100 + k}`)), 1)
    // 0 to 4, then after 2, 4, 8, … 4,096 more.
    expect(bodies(rules, 'a')).toEqual(['1026', '2050', '4098', '8194'])
  })

  it('are masked by the redact rules in force, whatever stands before them', () => {
    const secret = 'mail ada@example.com now'
    const rules = new RulesInForce({ ...BLOCK, redact: {} }, testDeps())
    rules.live.process(batchOf('a', secret), 1)
    expect(bodies(rules, 'a')).toEqual(['mail *** now'])
    expect(rules.samples('filter', IDENTITY!, 'a')[0]).toMatchObject({ redacted: true })
    // The counts of the rules are of what was sent, not of samples.
    expect(rules.report()[1]!.rules.every(({ matched }) => matched === 0)).toBe(true)
    for (const block of [BLOCK, { ...BLOCK, redact: { dryRun: true } }]) {
      rules.apply(block)
      expect(bodies(rules, 'a')).toEqual([secret])
      expect(rules.samples('filter', IDENTITY!, 'a')[0]).toMatchObject({ redacted: false })
    }
  })

  it('are bounded', () => {
    const book = new SampleBook(() => 0)
    for (let i = 0; i < 1200; i++) book.take(i, batchOf('a', 'x'), 0)
    const kept = Array.from({ length: 1200 }, (_, i) => book.of(i, 'a').length)
    expect(kept.reduce((sum, n) => sum + n)).toBe(500)
    expect(kept[1199]).toBe(1)
    book.take(1199, batchOf('a', 'y'.repeat(10_000)), 0)
    expect(book.of(1199, 'a')).toHaveLength(1)
    for (let i = 0; i < 9; i++) book.take(1199, batchOf('a', `${i}`), 0)
    expect(book.of(1199, 'a')).toHaveLength(4)
  })
})
