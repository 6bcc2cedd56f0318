import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import type { Gate } from '../attribute-actions/gate.ts'
import { DropRules } from '../drop-rules.ts'
import { NO_ENTRY } from '../keyed/key-table.ts'
import { TenantNumbers } from '../keyed/tenant-numbers.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { RuleText } from '../rule-ids.ts'
import { gatesOf } from '../signal-conditions.ts'
import type { DedupConfig } from './config.ts'
import { RecordKey } from './record-key.ts'
import { FIRST_OBSERVED, LAST_OBSERVED, Summaries, type SummaryParts } from './summaries.ts'
import { Templates } from './template.ts'
import { DedupWindow } from './window.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs'])
/** Its only rule. */
const REPEATED = 0
/** So that a tick takes some 30 ms at most. */
const SUMMARIES_PER_TICK_MIN = 2000

/**
 * Of the log records that are the same within an interval the first passes, the others are dropped and summed up in one that is generated when the
 * interval is over. A summary that the store does not take waits, and the next interval lasts until it is through.
 */
export class Dedup implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: DedupConfig
  readonly #deps: Deps
  /** Undefined: all logs are looked at. */
  readonly #gates: ReadonlyMap<Signal, Gate> | undefined
  readonly #drops: DropRules
  readonly #key: RecordKey
  readonly #templates: Templates
  readonly #tenants = new TenantNumbers()
  readonly #parts: SummaryParts
  #window: DedupWindow
  /** Its memory has the right size by now. */
  #spare: DedupWindow | undefined
  /** Windows that are over: one, or two after a flush. */
  #over: Summaries[] = []

  constructor(name: string, config: DedupConfig, deps: Deps) {
    const { conditions, countAttribute, fields } = config
    this.name = name
    this.#config = config
    this.#deps = deps
    this.#gates = conditions && gatesOf(conditions, () => deps.evaluationFailed(name))
    this.#drops = new DropRules(name, [ruleText(config)], { dryRun: config.dryRun, deps })
    this.#key = new RecordKey(fields)
    const left = fields.only ? [] : fields.attributes
    this.#templates = new Templates([...left, countAttribute, FIRST_OBSERVED, LAST_OBSERVED])
    const { generate, laterRules, nowMs } = deps
    this.#parts = { countAttribute, generate, rules: laterRules, nowMs }
    this.#window = this.#newWindow()
  }

  process(batch: Batch, commit: number): void {
    const gate = this.#gates?.get('logs')
    if (this.#gates !== undefined && gate === undefined) return
    gate?.begin(batch)
    this.#window.begin(commit)
    this.#key.begin(batch)
    this.#templates.begin()
    this.#drops.begin(commit)
    this.#mark(batch, gate)
    this.#templates.begin()
    this.#key.end()
    gate?.end()
  }

  #mark(batch: Batch, gate: Gate | undefined): void {
    const { verdicts } = batch
    const { count, data } = batch.records
    const drops = this.#drops
    const window = this.#window
    const key = this.#key
    const nowMs = this.#deps.nowMs()
    let resource = -1
    let owner = 0
    for (let record = 0, base = 0; record < count; record++, base += LOG.stride) {
      if (verdicts[record] !== KEPT || (gate !== undefined && !gate.admits(record))) continue
      if (data[base + LOG.resource] !== resource) {
        resource = data[base + LOG.resource]!
        owner = this.#tenants.of(batch.tenantOf(record))
      }
      key.read(batch, base)
      const entry = window.find(key.words, owner)
      if (entry === NO_ENTRY) window.note(key.words, owner, nowMs)
      else if (this.#hasTemplate(entry, batch, record)) {
        window.drop(entry, batch, base)
        drops.drop(batch, record, REPEATED)
      }
    }
  }

  /** What can't be summed up is not dropped. */
  #hasTemplate(entry: number, batch: Batch, record: number): boolean {
    if (this.#config.dryRun || !this.#window.needsTemplate(entry)) return true
    const { bytes, template } = this.#templates.copy(batch, record)
    return this.#window.keepTemplate(entry, template, bytes)
  }

  tick(): void {
    const { startedMs } = this.#window
    const elapsedMs = startedMs === undefined ? 0 : this.#deps.nowMs() - startedMs
    // A clock that was set back ends the interval too.
    const isOver = elapsedMs < 0 || elapsedMs >= this.#config.intervalMs
    if (isOver && this.#over.length === 0) this.#close()
    for (const summaries of this.#over) if (summaries.window.isSettled) summaries.emit(SUMMARIES_PER_TICK_MIN)
    this.#letGo()
  }

  /** What a commit drops that is refused after this is summed up too: its records come again, so the count is too high by them. */
  flush(): void {
    this.#close()
    for (const summaries of this.#over) summaries.emit(Number.POSITIVE_INFINITY)
  }

  #close(): void {
    const window = this.#window
    if (this.#config.dryRun && window.isSettled) {
      window.clear()
      return
    }
    if (!this.#config.dryRun) this.#over.push(new Summaries(window, this.#parts))
    this.#window = this.#spare ?? this.#newWindow()
    this.#spare = undefined
  }

  #newWindow(): DedupWindow {
    return new DedupWindow(this.#config.keysMax, this.#config.bytesMax)
  }

  #letGo(): void {
    const done = this.#over.find((summaries) => summaries.window.isSettled && summaries.isDone)
    if (done === undefined) return
    this.#over = this.#over.filter((summaries) => summaries !== done)
    done.window.clear()
    this.#spare = done.window
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
    this.#window.committed(commit)
    for (const summaries of this.#over) summaries.committed(commit)
    this.#letGo()
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
    this.#window.refused(commit)
    for (const summaries of this.#over) summaries.refused(commit)
  }

  stop(): void {
    const lost = this.#over.reduce((sum, { waiting }) => sum + waiting, 0)
    this.#over = []
    if (lost > 0)
      this.#deps.log.warn(
        { processor: this.name, summaries: lost },
        'Summaries of repeated logs are lost: the store took nothing when the processor stopped; the ledger has counted the logs',
      )
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}

function ruleText({ intervalMs }: DedupConfig): RuleText {
  return { rule: 'repeated', condition: `repeated within ${intervalMs / 1000} s` }
}
