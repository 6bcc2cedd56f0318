import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG, ValueKind } from '../../otlp/slots.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Processor, RuleCounts } from '../processor.ts'
import type { SeverityConfig } from './config.ts'
import { Finding, hexDigit } from './finding.ts'
import { findInJson } from './json.ts'
import { findInKlog } from './klog.ts'
import { Levels } from './levels.ts'
import { findInLogfmt } from './logfmt.ts'
import { PlainText } from './plain-text.ts'
import { findInMap } from './structured.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs'])

/** Where a severity came from: what is counted. */
const SOURCES = ['severity_text', 'json', 'klog', 'logfmt', 'text', 'map'] as const
const Source = { none: -1, severityText: 0, json: 1, klog: 2, logfmt: 3, text: 4, map: 5 } as const
const TRACE_IDS = SOURCES.length

const TRACE_BYTES = 16
const SPAN_BYTES = 8

/**
 * Gives logs that came without a severity the one that their body tells, and the trace and span ids. A severity or a
 * trace id that was sent is never changed. The text points at the body's own word: nothing is made up.
 */
export class Severity implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: SeverityConfig
  readonly #finding: Finding
  readonly #text = new PlainText()
  readonly #counts = new CommittedCounts(SOURCES.length + 1)
  readonly #traceId = new Uint8Array(TRACE_BYTES)
  readonly #spanId = new Uint8Array(SPAN_BYTES)

  constructor(name: string, config: SeverityConfig) {
    this.name = name
    this.#config = config
    this.#finding = new Finding(new Levels(config.levels), config.keys, config.traceIds)
  }

  process(batch: Batch, commit: number): void {
    const counts = this.#counts.of(commit)
    const { verdicts } = batch
    const { data, count } = batch.records
    const { dryRun, traceIds } = this.#config
    const finding = this.#finding
    for (let record = 0, base = 0; record < count; record++, base += LOG.stride) {
      if (verdicts[record] !== KEPT) continue
      const lacksIds = traceIds && data[base + LOG.traceIdLength] === 0
      const lacksSeverity = data[base + LOG.severityNumber] === 0
      if (!lacksSeverity && !lacksIds) continue
      finding.clear(lacksIds)
      const source = this.#find(batch, base, lacksSeverity)
      if (lacksSeverity && finding.severity !== 0) {
        counts[source]!++
        if (!dryRun) setSeverity(data, base, finding)
      }
      if (finding.traceStart < 0) continue
      counts[TRACE_IDS]!++
      if (!dryRun) this.#setIds(batch, base)
    }
  }

  /** Fills the finding; says where the severity is from. */
  #find({ bytes, records: { data } }: Batch, base: number, lacksSeverity: boolean): number {
    const finding = this.#finding
    const textStart = data[base + LOG.severityTextStart]!
    const textEnd = data[base + LOG.severityTextEnd]!
    const word = lacksSeverity ? finding.levels.ofWord(bytes, textStart, textEnd) : 0
    const kind = data[base + LOG.bodyKind]
    const start = data[base + LOG.bodyStart]!
    const end = data[base + LOG.bodyEnd]!
    let source: number = Source.none
    if (kind === ValueKind.string) source = this.#findInText(bytes, start, end)
    else if (kind === ValueKind.kvlist) {
      source = Source.map
      findInMap(bytes, start, end, finding)
    }
    if (word === 0) return source
    finding.setSeverity(word, textStart, textEnd)
    return Source.severityText
  }

  #findInText(bytes: Uint8Array, start: number, bodyEnd: number): number {
    const { formats, scanBytesMax } = this.#config
    const finding = this.#finding
    const end = Math.min(bodyEnd, start + scanBytesMax)
    if (formats.has('json') && findInJson(bytes, start, end, finding)) return Source.json
    if (formats.has('klog') && findInKlog(bytes, start, end, finding)) return Source.klog
    if (formats.has('logfmt') && findInLogfmt(bytes, start, end, finding)) return Source.logfmt
    if (formats.has('text')) this.#text.find(bytes, start, end, finding)
    return Source.text
  }

  /** Appends the ids that the digits stand for. */
  #setIds(batch: Batch, base: number): void {
    const { traceStart, spanStart } = this.#finding
    const { data } = batch.records
    readHex(batch.bytes, traceStart, this.#traceId)
    const hasSpan = spanStart >= 0
    if (hasSpan) readHex(batch.bytes, spanStart, this.#spanId)
    data[base + LOG.traceIdStart] = batch.appendBytes(this.#traceId)
    data[base + LOG.traceIdLength] = TRACE_BYTES
    if (!hasSpan || data[base + LOG.spanIdLength] !== 0) return
    data[base + LOG.spanIdStart] = batch.appendBytes(this.#spanId)
    data[base + LOG.spanIdLength] = SPAN_BYTES
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { dryRun } = this.#config
    return [...SOURCES, 'traceIds'].map((rule, i) => ({
      rule,
      condition: rule === 'traceIds' ? 'trace id from the body' : `severity from ${rule}`,
      dryRun,
      matched: this.#counts.totals[i]!,
      failed: 0,
    }))
  }
}

/** A text that was sent stays. */
function setSeverity(data: Uint32Array, base: number, { severity, textEnd, textStart }: Finding): void {
  data[base + LOG.severityNumber] = severity
  if (data[base + LOG.severityTextStart] !== data[base + LOG.severityTextEnd]) return
  data[base + LOG.severityTextStart] = textStart
  data[base + LOG.severityTextEnd] = textEnd
}

function readHex(bytes: Uint8Array, start: number, into: Uint8Array): void {
  for (let i = 0; i < into.length; i++)
    into[i] = 16 * hexDigit(bytes[start + 2 * i]!) + hexDigit(bytes[start + 2 * i + 1]!)
}
