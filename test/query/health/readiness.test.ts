import { describe, expect, it } from 'vitest'
import { createReadiness, type PartState } from '../../../src/query/health/readiness.ts'

type State = PartState['state']
type Moment = {
  readonly atMs: number
  readonly answered?: boolean
  readonly ingest?: State
  readonly engine?: State
  readonly ready: boolean
  readonly allUp: boolean
}

const scenarios: ReadonlyArray<{ readonly name: string; readonly moments: ReadonlyArray<Moment> }> = [
  {
    name: 'opens when the store answers, and stays open when it goes',
    moments: [
      { atMs: 0, ingest: 'up', engine: 'starting', ready: false, allUp: false },
      { atMs: 500, ingest: 'up', engine: 'up', ready: false, allUp: false },
      { atMs: 501, answered: true, ingest: 'up', engine: 'up', ready: true, allUp: true },
      { atMs: 900, ingest: 'up', engine: 'down', ready: true, allUp: false },
      { atMs: 90_000, ingest: 'up', engine: 'up', ready: true, allUp: true },
    ],
  },
  {
    name: 'opens after the grace without an answer: the spool takes over',
    moments: [
      { atMs: 0, ingest: 'up', engine: 'down', ready: false, allUp: false },
      { atMs: 29_999, ingest: 'up', engine: 'down', ready: false, allUp: false },
      { atMs: 30_000, ingest: 'up', engine: 'down', ready: true, allUp: false },
      { atMs: 29_000, ingest: 'up', engine: 'down', ready: true, allUp: false },
    ],
  },
  {
    name: 'needs ingest, whatever the store does',
    moments: [
      { atMs: 0, answered: true, ingest: 'starting', engine: 'up', ready: false, allUp: false },
      { atMs: 1, ingest: 'up', engine: 'up', ready: true, allUp: true },
      { atMs: 2, ingest: 'down', engine: 'up', ready: false, allUp: false },
      { atMs: 3, ingest: 'stopping', engine: 'up', ready: false, allUp: false },
      { atMs: 40_000, engine: 'up', ready: false, allUp: true },
    ],
  },
  {
    name: 'an answer before the first look counts, even if the store is gone by then',
    moments: [{ atMs: 0, answered: true, ingest: 'up', engine: 'down', ready: true, allUp: false }],
  },
]

describe('readiness', () => {
  it.each(scenarios)('$name', ({ moments }) => {
    let nowMs = 1_000_000
    let parts: PartState[] = []
    const readiness = createReadiness({ parts: () => parts, nowMs: () => nowMs })
    for (const { atMs, answered, ingest, engine, ready, allUp } of moments) {
      nowMs = 1_000_000 + atMs
      parts = []
      if (ingest) parts.push({ name: 'ingest', state: ingest })
      if (engine) parts.push({ name: 'engine', state: engine })
      if (answered) readiness.storeAnswered()
      const report = readiness.check()
      expect({ atMs, ready: report.ready, allUp: report.allUp }).toEqual({ atMs, ready, allUp })
      expect(report.reason === '').toBe(ready)
      expect(report.parts).toEqual(parts)
    }
  })

  it('says why in the words of the part', () => {
    const parts: PartState[] = [{ name: 'ingest', state: 'down', detail: 'The disk of the spool is full.' }]
    const readiness = createReadiness({ parts: () => parts, nowMs: () => 0 })
    expect(readiness.check().reason).toContain('Waiting for the first answer')
    readiness.storeAnswered()
    expect(readiness.check().reason).toBe('The disk of the spool is full.')
  })
})
