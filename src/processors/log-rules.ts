import { type Batch, KEPT } from '../otlp/batch.ts'
import { Outcomes } from '../otlp/outcomes.ts'
import { GENERATES_NOTHING } from './generate.ts'
import { Pipeline, type PipelineOrigin } from './pipeline.ts'
import type { Deps } from './processor.ts'

/** Which rule would drop each record of a batch, as the ledger names it. */
export type LogRules = {
  /** Changes the batch as the processors do. By record; undefined: no rule drops any. */
  droppedBy(batch: Batch): ReadonlyArray<string | undefined> | undefined
  stop(): void
}

/** Every batch is of this commit, which is refused at once: so nothing is counted. */
const COMMIT = 0

/**
 * The rules of a pipeline that drop log records, with what changes records before them, as instances of their own: asking
 * counts nothing, logs nothing and teaches nothing. Processors whose answer depends on more than the record (those that
 * count, thin or draw lots) are left out. Undefined: no rule drops log records.
 */
export function logRules({ plan, deps }: PipelineOrigin): LogRules | undefined {
  const outcomes = new Outcomes()
  const quiet: Deps = {
    ...{ ...deps, ...GENERATES_NOTHING, outcomes },
    evaluationFailed: () => undefined,
    log: { warn: () => undefined },
  }
  const built = plan.processors
    .filter(({ stateless }) => stateless !== undefined)
    .map(({ stateless, build }) => ({ stateless, processor: build(quiet) }))
    .filter(({ processor }) => processor.signals.has('logs'))
  // What comes after the last rule that drops changes nothing about who is dropped.
  const asked = built.slice(0, built.findLastIndex(({ stateless }) => stateless === 'drops') + 1)
  if (asked.length === 0) return undefined
  const pipeline = new Pipeline(asked.map(({ processor }) => processor))
  return {
    droppedBy(batch) {
      pipeline.process(batch, COMMIT)
      pipeline.refused(COMMIT)
      return namesOf(batch, outcomes)
    },
    stop: () => pipeline.stop(),
  }
}

function namesOf({ verdicts, records }: Batch, outcomes: Outcomes): Array<string | undefined> | undefined {
  let names: Array<string | undefined> | undefined
  for (let i = 0; i < records.count; i++) {
    const verdict = verdicts[i]!
    if (verdict === KEPT) continue
    names ??= new Array<string | undefined>(records.count).fill(undefined)
    names[i] = outcomes.get(verdict).reason
  }
  return names
}
