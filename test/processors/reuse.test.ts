import { expect, it } from 'vitest'
import { LivePipeline } from '../../src/processors/live-pipeline.ts'
import { Pipeline } from '../../src/processors/pipeline.ts'
import type { Processor } from '../../src/processors/processor.ts'
import { RulesInForce } from '../../src/processors/rules-in-force.ts'
import { testDeps } from './kit.ts'
import { scanned } from './ottl/evaluate.ts'

/**
 * Scenario: one configuration after the other. Guarantees: a processor whose block is the same stays the same and hears of
 * each commit once; the others hear of theirs and are stopped; counts go on for rules that say the same.
 */

const batchOf = (...bodies: string[]) =>
  scanned({
    resourceLogs: [{ scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }] }],
  })

function recorder(name: string, log: string[]): Processor {
  return {
    name,
    signals: new Set(['logs']),
    process: (_batch, commit) => void log.push(`${name} process ${commit}`),
    committed: (commit) => void log.push(`${name} committed ${commit}`),
    refused: (commit) => void log.push(`${name} refused ${commit}`),
    stop: () => void log.push(`${name} stop`),
  }
}

it('a processor in both pipelines hears once of a commit that both had a part in', () => {
  const log: string[] = []
  const [stays, goes, comes] = ['stays', 'goes', 'comes'].map((name) => recorder(name, log))
  const live = new LivePipeline(new Pipeline([stays!, goes!]))
  live.process(batchOf('a'), 1)
  live.swap(new Pipeline([comes!, stays!]))
  live.process(batchOf('a'), 1)
  live.swap(new Pipeline([stays!]))
  live.process(batchOf('a'), 2)
  log.length = 0
  live.ended(1, true)
  expect(log.splice(0)).toEqual([
    'stays committed 1',
    'goes committed 1',
    'comes committed 1',
    'goes stop',
    'comes stop',
  ])
  live.ended(2, false)
  expect(log.splice(0)).toEqual(['stays refused 2'])
  live.stop()
  expect(log).toEqual(['stays stop'])
})

const filter = (...conditions: string[]) => ({ logs: { log_record: conditions } })
const [RED, GREEN] = ['body == "red"', 'body == "green"']
const matched = (rules: RulesInForce): object =>
  Object.fromEntries(
    rules
      .report()
      .map(({ processor, rules: own }) => [
        processor,
        own.map(({ condition, matched: n }) => [condition, n]),
      ]),
  )

it('counts go on for rules that say the same, wherever they stand', () => {
  const rules = new RulesInForce({ 'filter/a': filter(RED), 'filter/b': filter(GREEN) }, testDeps())
  const [a, b] = rules.live.pipeline.processors
  rules.live.process(batchOf('red', 'green', 'blue'), 1)
  rules.live.ended(1, true)
  rules.live.process(batchOf('red'), 2)
  expect(rules.apply({ 'filter/b': filter(GREEN), 'filter/a': filter('body == "x"', RED) })).toBe(true)
  expect(rules.live.pipeline.processors[0]).toBe(b)
  expect(rules.live.pipeline.processors[1]).not.toBe(a)
  rules.live.process(batchOf('red', 'x'), 2)
  // The commit of the first is open: what it counted joins when it is durable.
  expect(matched(rules)).toEqual({
    'filter/b': [[GREEN, 1]],
    'filter/a': [
      ['body == "x"', 0],
      [RED, 1],
    ],
  })
  rules.live.ended(2, true)
  expect(matched(rules)).toEqual({
    'filter/b': [[GREEN, 1]],
    'filter/a': [
      ['body == "x"', 1],
      [RED, 3],
    ],
  })
  expect(rules.apply({ 'filter/b': filter(GREEN), 'filter/a': filter('body == "x"', RED) })).toBe(false)
  // A rule that goes is forgotten; it begins anew when it comes back. A dry run is another rule.
  rules.apply({ 'filter/a': { ...filter(RED), dryRun: true } })
  expect(matched(rules)).toEqual({ 'filter/a': [[RED, 0]] })
  rules.apply({ 'filter/a': filter('body == "x"') })
  rules.apply({ 'filter/a': filter(RED) })
  expect(matched(rules)).toEqual({ 'filter/a': [[RED, 0]] })
})

it('what can not be built changes nothing', () => {
  const rules = new RulesInForce({ 'filter/a': filter(RED) }, testDeps())
  const before = rules.live.pipeline
  expect(() => rules.apply({ 'filter/a': filter('bodi == 1') })).toThrow(
    'processors.filter/a.logs.log_record.0',
  )
  expect(rules.live.pipeline).toBe(before)
})
