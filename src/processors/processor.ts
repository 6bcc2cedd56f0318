import type { Batch, Signal } from '../otlp/batch.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import type { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import type { FoldEngine } from './fold/engine.ts'
import type { ApplyRules, Generate } from './generate.ts'

/**
 * One step between the scan and the store. Built once per applied configuration, called once per request.
 *
 * The contract:
 * - `process` is synchronous and allocates nothing per record. The batch is dead after it returns: what a
 *   processor wants to keep it copies (the test kit overwrites the batch to prove it).
 * - Records whose verdict is not KEPT are skipped and never unmarked. A processor drops a record by writing its
 *   own outcome's number ({@link import('./drop-rules.ts').DropRules} does it by rule, with counts, dry runs and
 *   samples), and what belongs to a record (an event of a span) by closing up the other rows; it never
 *   sees ClickHouse, other requests, the clock (`Deps.nowMs`) or randomness but through its `Deps`.
 * - `commit` numbers the commit that these records will join. Later exactly one of `committed(commit)` and
 *   `refused(commit)` is called, in order of number. After `refused` the senders were told that nothing was
 *   taken and will send again: a processor that thins forgets what those requests taught it, since a line
 *   twice is better than never.
 * - State is bounded, by a limit that the configuration names. It outlives a reload that leaves the processor's block as
 *   it is: the same instance stands in the next pipeline.
 */
export type Processor = {
  /** As configured: `filter`, `filter/noisy`. */
  readonly name: string
  readonly signals: ReadonlySet<Signal>
  process(batch: Batch, commit: number): void
  /**
   * The batch that it processed last, of what senders sent, has joined the commit: what is KEPT now is in it, whatever rules and clocks did behind. The batch
   * is dead after this returns.
   */
  joined?(batch: Batch, commit: number): void
  committed?(commit: number): void
  refused?(commit: number): void
  /** What its rules matched in commits that were not refused, for metrics and the CLI; in the order they are tried. */
  rules?(): ReadonlyArray<RuleCounts>
  /** About every second, between two requests: what is due by the clock. May generate. */
  tick?(): void
  /**
   * No batch comes any more (a reload, or the gateway stops): generates what it still holds. Commits go on to be reported.
   * What is refused now is lost, so a processor holds nothing but what sums up records that the ledger has counted.
   */
  flush?(): void
  /**
   * Asked as a commit is sealed, when all before it have ended: what it taught of the commit that no row says and a kill must not take.
   */
  note?(commit: number): CommitNote | undefined
  /** Before the first batch: the texts of notes of commits since the last that covered those before it, in order. */
  recall?(notes: ReadonlyArray<string>): void
  /** Releases timers and files. Idempotent. */
  stop?(): void
}

/** What is kept of a commit beside its rows (src/store/spool/notes.ts). */
export type CommitNote = {
  /** What was generated in this commit says all that earlier notes said. */
  readonly covers: boolean
  readonly text: string | undefined
}

/** One rule of a processor. Under `dryRun`, `matched` is what it would have removed or changed. */
export type RuleCounts = {
  /** Where it stands in the processor's configuration: `logs.log_record[0]`. */
  readonly rule: string
  /** As written. */
  readonly condition: string
  readonly dryRun: boolean
  /** Records, or span events if the rule is about them. */
  readonly matched: number
  /** How many of them it could not be evaluated for. */
  readonly failed: number
}

/** What a processor may use of the world. */
export type Deps = {
  readonly outcomes: Outcomes
  /** The active series of the gateway; shared, and older and younger than any processor. */
  readonly series: SeriesTracker
  /** The values of labels, where a limit asks for them: the "tenants" are tenant and metric, the "metrics" labels. Shared likewise. */
  readonly labelValues: SeriesTracker
  /** Makes one series of many; shared likewise. */
  readonly folds: FoldEngine
  readonly nowMs: () => number
  readonly random: () => number
  /** Adds records that no sender sent; see {@link Generate}. */
  readonly generate: Generate
  /** The number of the commit that what is generated now joins; undefined until the store is open. */
  readonly currentCommit: () => number | undefined
  /** Names this gateway, as in every row. Only once the store is open. */
  readonly gatewayId: () => string
  /** The processors that stand behind this one. */
  readonly laterRules: ApplyRules
  /** Counts evaluations that failed, whatever the `error_mode`. */
  readonly evaluationFailed: (processor: string) => void
  readonly log: { warn(fields: object, message: string): void }
  /** Left out where nobody looks at samples. */
  readonly samples?: RuleSamples
}

/** Takes samples of what rules drop. */
export type RuleSamples = {
  /** Copies what it wants of the record; `outcome` is the rule's. Called for few records: it may allocate. */
  take(outcome: number, batch: Batch, record: number): void
}

/** Something wrong with a processor's configuration. `path` is relative to the processor's own block. */
export type Issue = { readonly path: ReadonlyArray<string | number>; readonly message: string }

/** `warnings`: what is allowed but hardly meant, such as a rule that drops everything. */
export type Parsed<Config> = { readonly config: Config; readonly warnings: ReadonlyArray<Issue> }

/** A kind of processor: one per folder, one line in registry.ts. */
export type ProcessorKind<Config> = {
  readonly kind: string
  /** Pure. Parses the configuration or says what is wrong with it; must not touch the world. */
  parse(config: unknown): Parsed<Config> | { readonly issues: ReadonlyArray<Issue> }
  build(name: string, config: Config, deps: Deps): Processor
  /**
   * Set where what becomes of a log record depends on that record alone, not on what was seen before, the clock or chance: what
   * a second instance says of a line is what the first will say. `drops`: it takes log records out and changes none.
   */
  readonly stateless?: 'drops' | 'changes'
}
