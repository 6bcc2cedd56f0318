import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import type { RowTable } from '../../otlp/row-table.ts'
import { fingerprintSeries } from '../../otlp/series/fingerprint.ts'
import {
  ATTRIBUTE,
  EVENT,
  EXEMPLAR,
  LINK,
  LOG,
  METRIC,
  POINT,
  RECORD,
  RESOURCE,
  SCOPE,
  SPAN,
} from '../../otlp/slots.ts'
import { Overlay } from '../attribute-actions/overlay.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Processor, RuleCounts } from '../processor.ts'
import { BLOCKED_KEY, type RedactConfig } from './config.ts'
import { FINDERS } from './finders/index.ts'
import { keyRules } from './key-rules.ts'
import { Masker } from './masker.ts'
import { Scanner } from './scanner.ts'
import { Values } from './values.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs', 'traces', 'metrics'])

/** Masks what looks like a secret or like personal data in bodies, attributes and the other free texts of a batch. */
export class Redact implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: RedactConfig
  readonly #names: ReadonlyArray<string>
  readonly #values: Values
  readonly #overlay = new Overlay()
  readonly #counts: CommittedCounts

  constructor(name: string, config: RedactConfig) {
    const finders = FINDERS.filter((finder) => config.patterns.includes(finder.name))
    const scanner = new Scanner(finders, config.custom)
    this.name = name
    this.#config = config
    this.#names = [...scanner.names, BLOCKED_KEY]
    const keys = keyRules(config.blockedKeys, config.allowedKeys)
    this.#values = new Values(scanner, new Masker(config.masking, this.#names), keys)
    this.#counts = new CommittedCounts(this.#names.length)
  }

  process(batch: Batch, commit: number): void {
    this.#values.begin(batch, this.#counts.of(commit))
    const { resources, scopes } = batch
    let changed = this.#everyRow(batch, resources, 0, resources.count, RESOURCE.attributesFirst)
    if (this.#everyRow(batch, scopes, 0, scopes.count, SCOPE.attributesFirst)) changed = true
    if (this.#records(batch)) changed = true
    if (batch.signal === 'metrics') {
      const { metrics } = batch
      this.#everyRow(batch, metrics, 0, metrics.count, METRIC.metadataFirst)
    }
    this.#values.finish(batch, this.#config.dryRun)
    // Other attributes make another series.
    if (changed && batch.signal === 'metrics') fingerprintSeries(batch)
  }

  #records(batch: Batch): boolean {
    const { verdicts } = batch
    const { count, data, stride } = batch.records
    let changed = false
    for (let record = 0, base = 0; record < count; record++, base += stride) {
      if (verdicts[record] !== KEPT) continue
      if (this.#attributes(batch, data, base + RECORD.attributesFirst)) changed = true
      if (batch.signal === 'logs') this.#log(data, base)
      else if (batch.signal === 'traces') this.#span(batch, data, base)
      else {
        const first = data[base + POINT.exemplarsFirst]!
        this.#everyRow(
          batch,
          batch.exemplars,
          first,
          data[base + POINT.exemplarsCount]!,
          EXEMPLAR.attributesFirst,
        )
      }
    }
    return changed
  }

  #log(data: Uint32Array, base: number): void {
    this.#text(data, base + LOG.eventNameStart)
    const values = this.#values
    const start = data[base + LOG.bodyStart]!
    if (!values.mask(data[base + LOG.bodyKind]!, start, data[base + LOG.bodyEnd]!) || this.#config.dryRun)
      return
    data[base + LOG.bodyKind] = values.kind
    data[base + LOG.bodyStart] = values.start
    data[base + LOG.bodyEnd] = values.end
  }

  #span(batch: Batch, data: Uint32Array, base: number): void {
    const { events, links } = batch
    this.#text(data, base + SPAN.nameStart)
    this.#text(data, base + SPAN.statusMessageStart)
    const first = data[base + SPAN.eventsFirst]!
    const count = data[base + SPAN.eventsCount]!
    this.#everyRow(batch, events, first, count, EVENT.attributesFirst)
    for (let row = first; row < first + count; row++)
      this.#text(events.data, row * EVENT.stride + EVENT.nameStart)
    this.#everyRow(
      batch,
      links,
      data[base + SPAN.linksFirst]!,
      data[base + SPAN.linksCount]!,
      LINK.attributesFirst,
    )
  }

  #text(data: Uint32Array, at: number): void {
    const start = data[at]!
    const end = data[at + 1]!
    if (start === end || !this.#values.maskText(start, end) || this.#config.dryRun) return
    data[at] = this.#values.start
    data[at + 1] = this.#values.end
  }

  /** The attributes of `count` rows of a table; `slot` says where a row names them. */
  #everyRow(batch: Batch, table: RowTable, first: number, count: number, slot: number): boolean {
    let changed = false
    for (let row = first; row < first + count; row++)
      if (this.#attributes(batch, table.data, row * table.stride + slot)) changed = true
    return changed
  }

  #attributes(batch: Batch, table: Uint32Array, at: number): boolean {
    const first = table[at]!
    const count = table[at + 1]!
    const overlay = this.#overlay
    const values = this.#values
    overlay.open(batch, first, count)
    for (let i = 0; i < count; i++) {
      // The scanner's own rows: the overlay leaves them as they are.
      const { data } = batch.attributes
      const row = (first + i) * ATTRIBUTE.stride
      const keyStart = data[row + ATTRIBUTE.keyStart]!
      const keyEnd = data[row + ATTRIBUTE.keyEnd]!
      const kind = data[row + ATTRIBUTE.kind]!
      const start = data[row + ATTRIBUTE.valueStart]!
      if (values.maskAttribute(keyStart, keyEnd, kind, start, data[row + ATTRIBUTE.valueEnd]!))
        overlay.set(i, values)
    }
    const isChanged = overlay.isChanged && !this.#config.dryRun
    if (isChanged) table[at] = overlay.first
    else overlay.discard()
    overlay.close()
    return isChanged
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  /** What was masked, by pattern: places, not records. */
  rules(): ReadonlyArray<RuleCounts> {
    const { custom, dryRun } = this.#config
    return this.#names.map((rule, i) => ({
      rule,
      condition: custom.find(({ name }) => name === rule)?.pattern ?? 'built in',
      dryRun,
      matched: this.#counts.totals[i]!,
      failed: 0,
    }))
  }
}
