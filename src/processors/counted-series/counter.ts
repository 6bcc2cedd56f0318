import { randomBytes } from 'node:crypto'
import { grown, NO_ENTRY } from '../keyed/key-table.ts'
import { TenantNumbers } from '../keyed/tenant-numbers.ts'
import type { CommitNote, Deps } from '../processor.ts'
import type { CommitRows } from './commit-rows.ts'
import { CountedSeries } from './counted-series.ts'
import type { Exemplar, ExemplarSource } from './exemplars.ts'
import { attributeMessage, type Labels, OVERFLOW } from './labels.ts'
import type { Layout } from './layout.ts'
import { type NotedSeries, NoteWriter, readNotes, signatureOf } from './note.ts'
import { encodePoints, type SeriesPoint } from './points.ts'

export type CounterOptions = {
  /** Of the processor: the scope of its points, and whose its notes are. */
  readonly name: string
  readonly layout: Layout
  /** How often each series gets a point. */
  readonly intervalMs: number
  /** A series that nothing was counted for so long is forgotten. */
  readonly expireAfterMs: number
  /** Past it one series per tenant holds the rest. */
  readonly seriesMax: number
  /** Left out: points have none. */
  readonly exemplars?: ExemplarSource | undefined
}

/** What tells the series of two gateways apart. */
const INSTANCE = 'weir.instance'
/** Points of one request; all metrics of a series count as one. */
const SERIES_PER_REQUEST = 5000
/** Notes that no points cover yet: past it points are due. */
const NOTE_BYTES_MAX = 4 << 20
/** Key of the series of a tenant that holds what is past the bound. */
const OVERFLOW_WORD = -1
const NO_EXEMPLARS: ReadonlyArray<Exemplar> = []

/**
 * Cumulative counters that are as exact as the rows they count. What a commit adds rides in the commit as a note, and so is durable or refused
 * with it. Now and then all series get points, in a commit of their own or with others: they cover all notes before them. Who starts after a kill
 * adds up the notes that no points cover, and begins new counters from there: nothing is lost, and nothing is counted twice.
 */
export class Counter {
  readonly series: CountedSeries
  readonly #options: CounterOptions
  readonly #deps: Deps
  readonly #signature: string
  readonly #instance = randomBytes(6).toString('hex')
  readonly #tenants = new TenantNumbers()
  #keys: (NotedSeries | undefined)[] = []
  /** Per entry: 1 if a note since the last points has named it. */
  #named = new Uint8Array(64)
  #namedLast: { readonly commit: number; readonly entries: number[] } = { commit: -1, entries: [] }
  /** Per entry: the commit in which its points began; 0: in none. */
  #begunIn = new Float64Array(64)
  #noteBytes = 0
  #dueMs: number
  #pointsMs = 0
  /** When all that was counted before is in durable points. */
  #coveredMs = 0
  #covering: { readonly commit: number; readonly nowMs: number } | undefined
  #isFlushing = false
  #expiresMs = 0

  constructor(options: CounterOptions, deps: Deps) {
    this.#options = options
    this.#deps = deps
    this.#signature = signatureOf(options.layout)
    this.series = new CountedSeries(options.layout.width, options.seriesMax)
    this.#dueMs = deps.nowMs() + options.intervalMs
  }

  /** A number for a tenant; keys of series are found under it. */
  ownerOf(tenantId: string): number {
    return this.#tenants.of(tenantId)
  }

  /** The other way round; undefined for a tenant that has another number by now. */
  tenantOf(owner: number): string | undefined {
    return this.#tenants.tenantOf(owner)
  }

  /** Adds the series of a key that was not found, or finds the tenant's that holds what is past the bound. NO_ENTRY: not even that has room. */
  add(low: number, high: number, labels: Labels | undefined, tenantId: string): number {
    const owner = this.ownerOf(tenantId)
    if (labels !== undefined && this.series.hasRoom()) return this.#add(low, high, owner, labels)
    const known = this.series.find(OVERFLOW_WORD, OVERFLOW_WORD, owner)
    if (known !== NO_ENTRY) return known
    return this.#add(OVERFLOW_WORD, OVERFLOW_WORD, owner, { ...OVERFLOW, tenantId })
  }

  committed(commit: number): void {
    this.series.committed(commit, this.#deps.nowMs())
    if (this.#covering?.commit === commit) {
      this.#coveredMs = this.#covering.nowMs
      this.#covering = undefined
    }
    this.#emitIfDue()
  }

  refused(commit: number): void {
    this.series.refused(commit)
    for (let entry = 0; entry < this.#begunIn.length; entry++)
      if (this.#begunIn[entry] === commit) this.#begunIn[entry] = 0
    if (this.#namedLast.commit === commit) for (const entry of this.#namedLast.entries) this.#named[entry] = 0
    if (this.#covering?.commit === commit) {
      this.#covering = undefined
      this.#dueMs = 0
    }
    this.#emitIfDue()
  }

  tick(): void {
    this.#emitIfDue()
    this.#expire()
  }

  /** Points of all that is counted, now or as soon as the commit that is being written has ended. */
  flush(): void {
    this.#isFlushing = true
    this.#emitIfDue()
  }

  /** All commits before it have ended. */
  note(commit: number): CommitNote | undefined {
    const rows = this.series.open.find((open) => open.commit === commit)
    if (rows === undefined) return undefined
    const writer = new NoteWriter()
    this.#namedLast = { commit, entries: [] }
    for (let i = 0; i < rows.count; i++) this.#noteRow(writer, rows, i)
    const text = writer.text(this.#instance, this.#signature)
    this.#noteBytes += text?.length ?? 0
    return text === undefined && !rows.isCovering ? undefined : { covers: rows.isCovering, text }
  }

  recall(texts: ReadonlyArray<string>): void {
    const unusable = readNotes(texts, this.#signature, ({ low, high, labels }, slot, by) => {
      const found = this.series.find(low, high, this.ownerOf(labels.tenantId))
      const entry = found === NO_ENTRY ? this.add(low, high, labels, labels.tenantId) : found
      if (entry !== NO_ENTRY) this.series.restore(entry, slot, by)
    })
    if (unusable > 0)
      this.#deps.log.warn(
        { processor: this.#options.name, notes: unusable },
        'what was counted in the last seconds before the stop can not be used: the metrics or buckets are configured otherwise now',
      )
  }

  #add(low: number, high: number, owner: number, labels: Labels): number {
    const entry = this.series.add(low, high, owner, labels, this.#deps.nowMs())
    if (entry === NO_ENTRY) return NO_ENTRY
    this.#named = grown(this.#named, entry + 1)
    this.#begunIn = grown(this.#begunIn, entry + 1)
    this.#named[entry] = 0
    this.#begunIn[entry] = 0
    while (this.#keys.length < entry) this.#keys.push(undefined)
    this.#keys[entry] = { low, high, labels }
    return entry
  }

  #noteRow(writer: NoteWriter, { entries, values, covered }: CommitRows, row: number): void {
    const { width } = this.series
    const growth: number[] = []
    for (let slot = 0; slot < width; slot++) {
      const at = row * width + slot
      const by = values[at]! - (covered?.[at] ?? 0)
      if (by !== 0) growth.push(slot, by)
    }
    if (growth.length === 0) return
    const entry = entries[row]!
    const isNamed = this.#named[entry] === 1
    writer.add(entry, isNamed ? undefined : this.#keys[entry], growth)
    if (isNamed) return
    this.#named[entry] = 1
    this.#namedLast.entries.push(entry)
  }

  #emitIfDue(): void {
    const nowMs = this.#deps.nowMs()
    const isDue = this.#isFlushing || nowMs >= this.#dueMs || this.#noteBytes > NOTE_BYTES_MAX
    if (!isDue || !this.#emit(Math.max(nowMs, this.#pointsMs + 1))) return
    this.#isFlushing = false
    this.#dueMs = nowMs + this.#options.intervalMs
  }

  /** False if it must be tried again: a commit that it would speak of is being written, or the store takes nothing. */
  #emit(nowMs: number): boolean {
    const commit = this.#deps.currentCommit()
    if (commit === undefined || this.series.open.some((rows) => rows.commit !== commit)) return false
    const points = this.#points(nowMs)
    const instance = attributeMessage(INSTANCE, this.#deps.gatewayId())
    const { layout, name } = this.#options
    for (const [tenantId, all] of Map.groupBy(points, ({ labels }) => labels.tenantId))
      for (let i = 0; i < all.length; i += SERIES_PER_REQUEST) {
        const request = encodePoints(layout, `weir/${name}`, instance, all.slice(i, i + SERIES_PER_REQUEST))
        const { generate, laterRules: rules } = this.#deps
        if (generate({ signal: 'metrics', tenantId, request, rules }) === undefined) return false
      }
    if (points.length > 0) this.#cover(commit, nowMs)
    return true
  }

  #cover(commit: number, nowMs: number): void {
    this.series.begin(commit)
    this.series.cover()
    this.#options.exemplars?.taken()
    for (const entry of this.series.entries()) if (this.#begunIn[entry] === 0) this.#begunIn[entry] = commit
    this.#named.fill(0)
    this.#noteBytes = 0
    this.#pointsMs = nowMs
    this.#covering = { commit, nowMs }
  }

  /** A point of each series; of one that is new also its zero, without which nobody sees that it grew. */
  #points(nowMs: number): SeriesPoint[] {
    const { series } = this
    const all = series.allSums()
    const nothing = new Float64Array(series.width)
    const points: SeriesPoint[] = []
    for (const entry of series.entries()) {
      const labels = series.labelsOf(entry)
      const startMs = Math.min(series.startMsOf(entry), nowMs - 1)
      if (this.#begunIn[entry] === 0)
        points.push({ labels, startMs, timeMs: startMs, sums: nothing, exemplars: NO_EXEMPLARS })
      const sums = all.subarray(entry * series.width, (entry + 1) * series.width)
      const exemplars = this.#options.exemplars?.of(entry) ?? NO_EXEMPLARS
      points.push({ labels, startMs, timeMs: nowMs, sums, exemplars })
    }
    return points
  }

  /** What was not counted for long, and is in durable points, is forgotten. */
  #expire(): void {
    const nowMs = this.#deps.nowMs()
    if (nowMs < this.#expiresMs) return
    this.#expiresMs = nowMs + this.#options.intervalMs
    const before = Math.min(nowMs - this.#options.expireAfterMs, this.#coveredMs)
    const open = new Set(this.series.open.flatMap(({ count, entries }) => [...entries.subarray(0, count)]))
    for (const entry of this.series.entries()) {
      if (this.series.touchedMsOf(entry) >= before || open.has(entry)) continue
      this.series.remove(entry)
      this.#keys[entry] = undefined
    }
  }
}
