import { type Batch, KEPT } from '../otlp/batch.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import type { Answer } from './store.ts'

const ACCEPTED: Answer = Object.freeze({ rejected: 0, message: '' })

/** What a sender is told of the records that Weir could not take. A record that a rule dropped is not rejected. */
export function rejectedAnswer(batch: Batch, outcomes: Outcomes): Answer {
  const { count } = batch.records
  let byOutcome: Map<number, number> | undefined
  for (let i = 0; i < count; i++) {
    const verdict = batch.verdicts[i]!
    if (verdict === KEPT || outcomes.get(verdict).kind !== 'rejected') continue
    byOutcome ??= new Map()
    byOutcome.set(verdict, (byOutcome.get(verdict) ?? 0) + 1)
  }
  if (byOutcome === undefined) return ACCEPTED
  let rejected = 0
  const sentences: string[] = []
  for (const [verdict, records] of byOutcome) {
    rejected += records
    sentences.push(`${records}: ${outcomes.get(verdict).sentence}`)
  }
  return { rejected, message: sentences.join(' ') }
}
