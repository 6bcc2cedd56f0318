import type { Batch } from '../../otlp/batch.ts'
import { EVENT, SPAN } from '../../otlp/slots.ts'
import type { DropRules } from '../drop-rules.ts'
import type { RuleList } from './rule-list.ts'

/**
 * Drops those events of a span that a rule is true for: the rows of the others move to the front of the span's. What
 * the sender counted as dropped stays as it is, as in the collector.
 */
export function filterEvents(
  { events, records }: Batch,
  span: number,
  rules: RuleList,
  drops: DropRules,
  dryRun: boolean,
): void {
  const base = span * records.stride
  const first = records.data[base + SPAN.eventsFirst]!
  const end = first + records.data[base + SPAN.eventsCount]!
  if (first === end) return
  rules.owner(span)
  let kept = first
  for (let event = first; event < end; event++) {
    const rule = rules.firstMatch(event)
    if (rule >= 0) drops.match(rule)
    if (rule >= 0 && !dryRun) continue
    if (kept < event)
      events.data.copyWithin(kept * EVENT.stride, event * EVENT.stride, (event + 1) * EVENT.stride)
    kept++
  }
  records.data[base + SPAN.eventsCount] = kept - first
}
