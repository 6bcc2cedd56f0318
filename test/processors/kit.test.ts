import { describe, expect, it } from 'vitest'
import type { LogsRequest } from '../otlp/proto.ts'
import { FirstOfAKind, type Mistakes } from './first-of-a-kind.ts'
import { CONTRACT, type Subject, testDeps, verdictsOf } from './kit.ts'
import { scanned } from './ottl/evaluate.ts'

function logs(...bodies: string[]): LogsRequest {
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }))
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }
}

const REQUESTS = [logs('a', 'b', 'a', 'c'), logs('c', 'd', 'b', 'd', 'e'), logs('e', 'f')]

function subject(mistakes?: Mistakes): Subject {
  return { make: (deps) => new FirstOfAKind(deps, mistakes), requests: REQUESTS }
}

/** The strings that the sample makes are its own business: it thins by body, and shows how, not how fast. */
const CHECKS = Object.keys(CONTRACT).filter((name) => !name.startsWith('allocates'))

describe('a processor that thins keeps the contract', () => {
  it.each(CHECKS)('%s', (name) => CONTRACT[name]!(subject()))
})

describe('the kit notices', () => {
  it.each<[keyof Mistakes, string]>([
    ['keepsBytes', 'keeps nothing of a batch after process returns'],
    ['unmarks', 'never unmarks or re-marks a record'],
    ['foreignOutcome', 'marks only with outcomes of its own name'],
    ['usesTheClock', 'does the same again, given the same world'],
    ['throwsOnEmpty', 'takes empty requests and empty records'],
    ['remembersRefused', 'forgets what a refused commit taught it'],
    ['stopsOnce', 'hears of commits it had no part in, and stops twice'],
    ['allocates', 'allocates nothing per record once it is warm'],
  ])('%s', (mistake, check) => {
    expect(() => CONTRACT[check]!(subject({ [mistake]: true }))).toThrow()
  })
})

it('refused makes it forget, committed does not', () => {
  for (const [end, expected] of [
    ['refused', [0, 0]],
    ['committed', [1, 1]],
  ] as const) {
    const processor = new FirstOfAKind(testDeps())
    processor.process(scanned(logs('x', 'y')), 1)
    if (end === 'refused') processor.refused(1)
    const again = scanned(logs('x', 'y'))
    processor.process(again, 2)
    expect(verdictsOf(again)).toEqual(expected)
  }
})
