import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import { LivePipeline } from '../../src/processors/live-pipeline.ts'
import { buildPipeline, Pipeline } from '../../src/processors/pipeline.ts'
import type { Deps, Processor } from '../../src/processors/processor.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { type TestDeps, testDeps } from './kit.ts'
import { scanned } from './ottl/evaluate.ts'

/** Writes down what it is told. */
function recorder(name: string, log: string[], signals: ReadonlyArray<Signal> = ['logs']): Processor {
  return {
    name,
    signals: new Set(signals),
    process: (_batch, commit) => void log.push(`${name} process ${commit}`),
    committed: (commit) => void log.push(`${name} committed ${commit}`),
    refused: (commit) => void log.push(`${name} refused ${commit}`),
    tick: () => void log.push(`${name} tick`),
    flush: () => void log.push(`${name} flush`),
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

describe('what a processor generates', () => {
  const request = encodeLogsRequest({})
  /** Processors that each generate once, by `go`, for the rules behind them; and what was asked of the world. */
  function generating(deps: TestDeps, log: string[], commit: number) {
    const go: (() => unknown)[] = []
    const prepared = ['a', 'b', 'c'].map((name) => ({
      name,
      warnings: [],
      build(own: Deps) {
        go.push(() => own.generate({ signal: 'logs', tenantId: 't', request, rules: own.laterRules }))
        return recorder(name, log, name === 'c' ? ['metrics', 'logs'] : ['logs'])
      },
    }))
    const pipeline = buildPipeline({ processors: prepared, warnings: [] }, deps)
    deps.openCommit = commit
    return { pipeline, go }
  }

  it('is seen by the processors behind it, and by no other', () => {
    const deps = testDeps()
    const log: string[] = []
    const { go } = generating(deps, log, 7)
    for (const each of go) each()
    for (const { rules } of deps.generated) {
      log.push('-')
      if (typeof rules === 'function') rules(batch, 7)
    }
    expect(log).toEqual(['-', 'b process 7', 'c process 7', '-', 'c process 7', '-'])
  })

  it('makes the pipeline hear of its commit, also after a reload', () => {
    const deps = testDeps()
    const log: string[] = []
    const { go, pipeline } = generating(deps, log, 7)
    const live = new LivePipeline(pipeline)
    go[0]!()
    deps.openCommit = 9
    go[0]!()
    live.swap(new Pipeline([]))
    log.length = 0
    live.ended(6, true)
    live.ended(7, true)
    expect(log.splice(0)).toEqual(['a committed 7', 'b committed 7', 'c committed 7'])
    live.ended(9, false)
    expect(log).toEqual(['a refused 9', 'b refused 9', 'c refused 9', 'a stop', 'b stop', 'c stop'])
  })

  it('may be refused: then there is no commit to hear of', () => {
    const deps = testDeps()
    const log: string[] = []
    const { go, pipeline } = generating(deps, log, 7)
    deps.refuses = true
    expect(go[0]!()).toBeUndefined()
    expect(pipeline.commits.isEmpty).toBe(true)
  })
})

it('ticks reach the pipeline in force', () => {
  const log: string[] = []
  const live = new LivePipeline(new Pipeline([recorder('old', log)]))
  live.tick()
  live.swap(new Pipeline([recorder('new', log)]))
  live.tick()
  live.flush()
  expect(log).toEqual(['old tick', 'old flush', 'old stop', 'new tick', 'new flush'])
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
    expect(log.splice(0)).toEqual(['old flush', 'old stop'])
    pipeline.process(batch, 4)
    pipeline.ended(4, true)
    pipeline.swap(new Pipeline([]))
    expect(log).toEqual(['new process 4', 'new committed 4', 'new flush', 'new stop'])
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
    expect(log).toEqual(['old process 1', 'old flush', 'old stop', 'new stop'])
  })
})
