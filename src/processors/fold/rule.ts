import type { Batch } from '../../otlp/batch.ts'
import type { KeptAttributes } from '../../otlp/series/fingerprint.ts'
import { ATTRIBUTE } from '../../otlp/slots.ts'
import { matchesByteGlob } from '../byte-glob.ts'
import { equalRanges } from '../ottl/byte-search.ts'
import type { GaugeFunction } from './totals/gauge.ts'

/** Which gateway made a folded series: two replicas each have their own. */
export const INSTANCE_KEY = Buffer.from('weir.instance')
/** The mark of the specification's SDKs on what is past a cardinality limit. */
export const OVERFLOW_KEY = Buffer.from('otel.metric.overflow')

/** Labels by name, with `*` and `?`: those that stay, or those that go. */
export type LabelChoice =
  | { readonly keep: ReadonlyArray<string> }
  | { readonly remove: ReadonlyArray<string> }

export type FoldRuleOptions = {
  /** The processor: of two processors each has members of its own. */
  readonly owner: string
  readonly labels: LabelChoice
  readonly resourceAttributes: LabelChoice
  readonly gauge: GaugeFunction
  /** Of a rule that is for one metric alone: its tenant and name. */
  readonly of?: string
  /** Marks the folded series as what is past a limit. */
  readonly isOverflow: boolean
}

/**
 * What series have to have in common to be folded into one, and how. Two rules of the same `id` are the same: folds outlive a
 * reload of the rules.
 */
export class FoldRule implements KeptAttributes {
  readonly owner: string
  readonly id: string
  readonly gauge: GaugeFunction
  readonly isOverflow: boolean
  readonly #labels: ByteChoice
  readonly #resourceAttributes: ByteChoice

  constructor(options: FoldRuleOptions) {
    this.owner = options.owner
    this.id = JSON.stringify(options)
    this.gauge = options.gauge
    this.isOverflow = options.isOverflow
    this.#labels = new ByteChoice(options.labels)
    this.#resourceAttributes = new ByteChoice(options.resourceAttributes)
  }

  ofPoint(batch: Batch, at: number): boolean {
    return this.#labels.keeps(batch, at) && !isOwn(batch, at)
  }

  ofResource(batch: Batch, at: number): boolean {
    return this.#resourceAttributes.keeps(batch, at)
  }
}

class ByteChoice {
  readonly #patterns: ReadonlyArray<Buffer>
  readonly #kept: boolean

  constructor(choice: LabelChoice) {
    this.#kept = 'keep' in choice
    this.#patterns = ('keep' in choice ? choice.keep : choice.remove).map((pattern) => Buffer.from(pattern))
  }

  keeps({ attributes: { data }, bytes }: Batch, at: number): boolean {
    const patterns = this.#patterns
    const start = data[at + ATTRIBUTE.keyStart]!
    const end = data[at + ATTRIBUTE.keyEnd]!
    for (let i = 0; i < patterns.length; i++)
      if (matchesByteGlob(patterns[i]!, bytes, start, end)) return this.#kept
    return !this.#kept
  }
}

/** What a fold writes itself: another gateway's is no label. */
function isOwn({ attributes: { data }, bytes }: Batch, at: number): boolean {
  const start = data[at + ATTRIBUTE.keyStart]!
  const end = data[at + ATTRIBUTE.keyEnd]!
  return (
    equalRanges(bytes, start, end, INSTANCE_KEY, 0, INSTANCE_KEY.length) ||
    equalRanges(bytes, start, end, OVERFLOW_KEY, 0, OVERFLOW_KEY.length)
  )
}
