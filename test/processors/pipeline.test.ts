import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import { LivePipeline } from '../../src/processors/live-pipeline.ts'
import { buildPipeline, Pipeline } from '../../src/processors/pipeline.ts'
import type { Processor } from '../../src/processors/processor.ts'
import { testDeps } from './kit.ts'
import { scanned } from './ottl/evaluate.ts'

/** Writes down what it is told. */
function recorder(name: string, log: string[], signals: ReadonlyArray<Signal> = ['logs']): Processor {
  return {
    name,
    signals: new Set(signals),
    process: (_batch, commit) => void log.push(`${name} process ${commit}`),
    committed: (commit) => void log.push(`${name} committed ${commit}`),
    refused: (commit) => void log.push(`${name} refused ${commit}`),
    stop: () => void log.push(`${name} stop`),
  }
}

const batch = scanned({})

describe('a pipeline', () => {
  it('runs its processors in order, and only those of the signal', () => {
    const log: string[] = []
    const pipeline = new Pipeline([
      recorder('a', log),
      recorder('t', log, ['traces']),
      recorder('b', log, ['logs', 'metrics']),
    ])
    pipeline.process(batch, 1)
    expect(log).toEqual(['a process 1', 'b process 1'])
    expect([...pipeline.signals].sort()).toEqual(['logs', 'metrics', 'traces'])
  })

  it('stops what was built when another can not be', () => {
    const log: string[] = []
    const prepared = (name: string, build: () => Processor) => ({ name, warnings: [], build })
    const plan = {
      warnings: [],
      processors: [
        prepared('a', () => recorder('a', log)),
        prepared('b', () => {
          throw new Error('no room')
        }),
      ],
    }
    expect(() => buildPipeline(plan, testDeps())).toThrow('no room')
    expect(log).toEqual(['a stop'])
  })
})

describe('a reload', () => {
  function live(log: string[]): LivePipeline {
    return new LivePipeline(new Pipeline([recorder('old', log)]))
  }
  const next = (log: string[]): Pipeline => new Pipeline([recorder('new', log)])

  it('tells each pipeline of the commits that its batches joined, and stops the old one after the last', () => {
    const log: string[] = []
    const pipeline = live(log)
    pipeline.process(batch, 1)
    pipeline.process(batch, 2)
    pipeline.swap(next(log))
    pipeline.process(batch, 2)
    pipeline.process(batch, 3)
    log.length = 0
    pipeline.ended(1, true)
    expect(log.splice(0)).toEqual(['old committed 1'])
    pipeline.ended(2, false)
    expect(log.splice(0)).toEqual(['old refused 2', 'new refused 2', 'old stop'])
    pipeline.ended(3, true)
    expect(log).toEqual(['new committed 3'])
  })

  it('stops an old pipeline at once that nothing is open of', () => {
    const log: string[] = []
    const pipeline = live(log)
    pipeline.swap(next(log))
    expect(log.splice(0)).toEqual(['old stop'])
    pipeline.process(batch, 4)
    pipeline.ended(4, true)
    pipeline.swap(new Pipeline([]))
    expect(log).toEqual(['new process 4', 'new committed 4', 'new stop'])
  })

  it('twice before a commit ends reports to all three', () => {
    const log: string[] = []
    const pipeline = live(log)
    pipeline.process(batch, 1)
    pipeline.swap(next(log))
    pipeline.process(batch, 1)
    pipeline.swap(new Pipeline([recorder('newest', log)]))
    pipeline.process(batch, 1)
    log.length = 0
    pipeline.ended(1, false)
    expect(log).toEqual(['old refused 1', 'new refused 1', 'newest refused 1', 'old stop', 'new stop'])
  })

  it('stopping stops them all', () => {
    const log: string[] = []
    const pipeline = live(log)
    pipeline.process(batch, 1)
    pipeline.swap(next(log))
    pipeline.stop()
    expect(log).toEqual(['old process 1', 'old stop', 'new stop'])
  })
})
