import { type Batch, KEPT } from '../otlp/batch.ts'
import { Outcomes } from '../otlp/outcomes.ts'
import { GENERATES_NOTHING } from './generate.ts'
import type { PipelineOrigin } from './pipeline.ts'
import type { Deps, Processor } from './processor.ts'

/** What the rules make of log records that nobody has received yet. */
export type LogRules = {
  /**
   * Changes the batch as the processors do: also records that a rule drops, as if it had not, since they are shown. By record
   * the first rule that drops it, as the ledger names it; undefined: none drops any.
   */
  apply(batch: Batch): ReadonlyArray<string | undefined> | undefined
  stop(): void
}

type Asked = { readonly drops: boolean; readonly processor: Processor }

/** Every batch is of this commit, which is refused at once: so nothing is counted. */
const COMMIT = 0

/**
 * The rules of a pipeline that drop or change log records, as instances of their own: asking counts nothing, logs nothing and
 * teaches nothing. Processors whose answer depends on more than the record (those that count, thin or draw lots) are left
 * out. Undefined: there is no such rule.
 */
export function logRules({ plan, deps }: PipelineOrigin): LogRules | undefined {
  const outcomes = new Outcomes()
  const quiet: Deps = {
    ...{ ...deps, ...GENERATES_NOTHING, outcomes },
    evaluationFailed: () => undefined,
    log: { warn: () => undefined },
  }
  const asked: Asked[] = plan.processors
    .filter(({ stateless }) => stateless !== undefined)
    .map(({ stateless, build }) => ({ drops: stateless === 'drops', processor: build(quiet) }))
    .filter(({ processor }) => processor.signals.has('logs'))
  if (asked.length === 0) return undefined
  return {
    apply(batch) {
      let names: Array<string | undefined> | undefined
      for (const { drops, processor } of asked) {
        processor.process(batch, COMMIT)
        if (drops) names = takeDropped(batch, outcomes, names)
        processor.refused?.(COMMIT)
      }
      return names
    },
    stop() {
      for (const { processor } of asked) processor.stop?.()
    },
  }
}

/** Names what was dropped and keeps it: the rules behind must not leave a secret in a line because it is shown as dropped. */
function takeDropped(
  { verdicts, records }: Batch,
  outcomes: Outcomes,
  known: Array<string | undefined> | undefined,
): Array<string | undefined> | undefined {
  let names = known
  for (let i = 0; i < records.count; i++) {
    const verdict = verdicts[i]!
    if (verdict === KEPT) continue
    names ??= new Array<string | undefined>(records.count).fill(undefined)
    names[i] ??= outcomes.get(verdict).reason
    verdicts[i] = KEPT
  }
  return names
}
