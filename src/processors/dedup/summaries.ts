import { WireWriter } from '../../otlp/wire/wire-writer.ts'
import type { ApplyRules, Generate } from '../generate.ts'
import { LOG_RECORD, type Owner } from './template.ts'
import type { DedupWindow } from './window.ts'

export const FIRST_OBSERVED = 'first_observed_timestamp'
export const LAST_OBSERVED = 'last_observed_timestamp'

/** Of one request. */
const ROWS_MAX = 500
const BYTES_MAX = 1 << 20

const REQUEST = { resourceLogs: 1 } as const
const RESOURCE_LOGS = { scopeLogs: 2 } as const
const SCOPE_LOGS = { logRecords: 2 } as const
const KEY_VALUE = { key: 1, value: 2 } as const
const ANY_VALUE = { text: 1, int: 3 } as const

export type SummaryParts = {
  readonly countAttribute: string
  readonly generate: Generate
  readonly rules: ApplyRules
  readonly nowMs: () => number
}

/** Some entries whose summaries a commit carries that has not ended. */
type Sent = { readonly commit: number; readonly entries: ReadonlyArray<number> }

/** The summaries of a window that is over: each is generated once, again if its commit was refused. */
export class Summaries {
  readonly window: DedupWindow
  readonly #parts: SummaryParts
  #next = 0
  #again: number[] = []
  #sent: Sent[] = []

  constructor(window: DedupWindow, parts: SummaryParts) {
    this.window = window
    this.#parts = parts
  }

  /** How many are not on their way. */
  get waiting(): number {
    let waiting = this.#again.filter((entry) => this.window.countOf(entry) > 0).length
    for (let entry = this.#next; entry < this.window.end; entry++)
      if (this.window.countOf(entry) > 0) waiting++
    return waiting
  }

  /** All are durable. */
  get isDone(): boolean {
    return this.#next >= this.window.end && this.#again.length === 0 && this.#sent.length === 0
  }

  /** Generates at least `rows` of what waits, if there is so much. Stops if the store takes nothing now. */
  emit(rows: number): void {
    for (let left = rows; left > 0; ) {
      const entries = this.#take()
      if (entries.length === 0) return
      const tenantId = this.window.templateOf(entries[0]!)!.owner.tenantId
      const { generate, rules } = this.#parts
      const made = generate({ signal: 'logs', tenantId, request: this.#encode(entries), rules })
      if (made === undefined) {
        this.#again.push(...entries)
        return
      }
      this.#sent.push({ commit: made.commit, entries })
      left -= entries.length
    }
  }

  committed(commit: number): void {
    this.window.committed(commit)
    this.#sent = this.#sent.filter((sent) => sent.commit > commit)
  }

  refused(commit: number): void {
    this.window.refused(commit)
    for (const sent of this.#sent) if (sent.commit === commit) this.#again.push(...sent.entries)
    this.#sent = this.#sent.filter((sent) => sent.commit > commit)
  }

  /** The next entries of one tenant that have something to sum up. */
  #take(): number[] {
    const entries: number[] = []
    let bytes = 0
    let tenantId: string | undefined
    for (;;) {
      const entry = this.#peek()
      if (entry === undefined || entries.length === ROWS_MAX || bytes > BYTES_MAX) return entries
      const { owner, record } = this.window.templateOf(entry)!
      tenantId ??= owner.tenantId
      if (owner.tenantId !== tenantId) return entries
      if (this.#again.length > 0) this.#again.pop()
      else this.#next++
      entries.push(entry)
      bytes += record.length + owner.resource.length + owner.scope.length
    }
  }

  #peek(): number | undefined {
    while (this.#again.length > 0 && this.window.countOf(this.#again.at(-1)!) === 0) this.#again.pop()
    if (this.#again.length > 0) return this.#again.at(-1)
    while (this.#next < this.window.end && this.window.countOf(this.#next) === 0) this.#next++
    return this.#next < this.window.end ? this.#next : undefined
  }

  #encode(entries: ReadonlyArray<number>): Buffer {
    const writer = new WireWriter(ROWS_MAX)
    const observed = BigInt(this.#parts.nowMs()) * 1_000_000n
    let owner: Owner | undefined
    let open: readonly [resource: number, scope: number] | undefined
    for (const entry of entries) {
      const template = this.window.templateOf(entry)!
      if (template.owner !== owner || open === undefined) {
        close(writer, open)
        owner = template.owner
        open = begin(writer, owner)
      }
      const { first, last, time } = this.window.timesOf(entry)
      const record = writer.begin(SCOPE_LOGS.logRecords)
      writer.raw(template.record, 0, template.record.length)
      if (time !== 0n) writer.fixed64(LOG_RECORD.time, time)
      writer.fixed64(LOG_RECORD.observedTime, observed)
      this.#writeCounts(writer, this.window.countOf(entry), first || observed, last || observed)
      writer.end(record)
    }
    close(writer, open)
    return writer.finish()
  }

  #writeCounts(writer: WireWriter, count: number, first: bigint, last: bigint): void {
    const attribute = (key: string, write: () => void): void => {
      const start = writer.begin(LOG_RECORD.attributes)
      writer.text(KEY_VALUE.key, key)
      const value = writer.begin(KEY_VALUE.value)
      write()
      writer.end(value)
      writer.end(start)
    }
    attribute(this.#parts.countAttribute, () => writer.number(ANY_VALUE.int, count))
    attribute(FIRST_OBSERVED, () => writer.text(ANY_VALUE.text, isoTime(first)))
    attribute(LAST_OBSERVED, () => writer.text(ANY_VALUE.text, isoTime(last)))
  }
}

function begin(writer: WireWriter, owner: Owner): readonly [resource: number, scope: number] {
  const resource = writer.begin(REQUEST.resourceLogs)
  writer.raw(owner.resource, 0, owner.resource.length)
  const scope = writer.begin(RESOURCE_LOGS.scopeLogs)
  writer.raw(owner.scope, 0, owner.scope.length)
  return [resource, scope]
}

function close(writer: WireWriter, open: readonly [resource: number, scope: number] | undefined): void {
  if (open === undefined) return
  writer.end(open[1])
  writer.end(open[0])
}

/** RFC 3339 in UTC, to the millisecond. Past the year 275760 JavaScript has no dates: the number stands for itself. */
function isoTime(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n))
  return Number.isNaN(date.getTime()) ? String(ns) : date.toISOString()
}
