import fc from 'fast-check'
import type { Batch } from '../../src/otlp/batch.ts'
import type { Pipeline } from '../../src/processors/pipeline.ts'
import type { TestDeps } from './kit.ts'

/** What happens to a gateway, one after the other. */
export type Step<Request> =
  | { readonly do: 'send'; readonly request: Request }
  /** The open commit is sealed, if none is being written. */
  | { readonly do: 'seal' }
  | { readonly do: 'end'; readonly durable: boolean }
  | { readonly do: 'wait'; readonly ms: number; readonly storeRefuses: boolean }

/** Any order of these, with commits that are refused now and then. */
export function steps<Request>(
  request: fc.Arbitrary<Request>,
  wait: fc.Arbitrary<number>,
  refuses = true,
): fc.Arbitrary<Step<Request>[]> {
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), request }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('seal' as const) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('end' as const),
          durable: refuses ? fc.integer({ max: 3, min: 0 }).map((n) => n > 0) : fc.constant(true),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('wait' as const), ms: wait, storeRefuses: fc.boolean() }),
      },
    ),
    // Long enough that a commit ends badly after something hung on it.
    { minLength: 10, maxLength: 50, size: 'max' },
  )
}

/** Who hears of each request and of the end of each commit, in order. */
export type Witness<Request> = {
  sent?(request: Request, batch: Batch, commit: number): void
  waited?(ms: number): void
  ended?(commit: number, durable: boolean): void
}

/**
 * Runs the steps as a store would: one commit is open, at most one is being written, they end in order. At last all end well, and the processors flush.
 */
export function runSteps<Request>(
  all: ReadonlyArray<Step<Request>>,
  pipeline: Pipeline,
  deps: TestDeps,
  scan: (request: Request) => Batch,
  witness: Witness<Request>,
): void {
  let writing: number | undefined
  const end = (durable: boolean): void => {
    if (writing === undefined) return
    const commit = writing
    writing = undefined
    witness.ended?.(commit, durable)
    if (durable) pipeline.committed(commit)
    else pipeline.refused(commit)
  }
  const seal = (): void => {
    if (writing !== undefined) return
    writing = deps.openCommit
    deps.openCommit++
  }
  for (const step of all) {
    if (step.do === 'send') {
      const batch = scan(step.request)
      pipeline.process(batch, deps.openCommit)
      pipeline.joined(batch, deps.openCommit)
      witness.sent?.(step.request, batch, deps.openCommit)
    } else if (step.do === 'seal') seal()
    else if (step.do === 'end') end(step.durable)
    else {
      deps.nowMsValue += step.ms
      deps.refuses = step.storeRefuses
      witness.waited?.(step.ms)
      pipeline.tick()
    }
  }
  deps.refuses = false
  for (let i = 0; i < 2; i++) {
    end(true)
    seal()
    end(true)
  }
  pipeline.flush()
  seal()
  end(true)
  pipeline.stop()
}
