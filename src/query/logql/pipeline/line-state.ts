import { type Labels, type LogEntry, type LogRecord, NO_LABELS } from '../record.ts'

export const ERROR_LABEL = '__error__'
export const ERROR_DETAILS_LABEL = '__error_details__'
const EXTRACTED = '_extracted'

/**
 * What the stages of a pipeline read and write: the line, and the labels of three origins. One is made per pipeline and
 * filled again for every record.
 *
 * A name that a stream label has goes, when structured metadata or a parser bring it too, by `<name>_extracted`; of both,
 * the parser wins there. Of one line, the first extraction of a name stays.
 */
export class LineState {
  line = ''
  timeHigh = 0
  timeLow = 0
  /** Value of `__error__`, empty without one. */
  error = ''
  errorDetails = ''
  #stream: Labels = NO_LABELS
  #metadata: Labels = NO_LABELS
  readonly #parsed = new Map<string, string>()
  readonly #removed = new Set<string>()
  readonly #extracted = new Set<string>()
  readonly #suffixed = new Map<string, string>()

  reset(record: LogRecord): void {
    this.line = record.line
    this.timeHigh = record.timeHigh
    this.timeLow = record.timeLow
    this.clearError()
    this.#stream = record.stream
    this.#metadata = withoutConflicts(record.metadata, record.stream)
    if (this.#parsed.size > 0) this.#parsed.clear()
    if (this.#removed.size > 0) this.#removed.clear()
    if (this.#extracted.size > 0) this.#extracted.clear()
  }

  /** The value of a label; errors are no labels here. */
  get(name: string): string | undefined {
    const parsed = this.#parsed.get(name)
    if (parsed !== undefined || this.#removed.has(name)) return parsed
    return this.#metadata.get(name) ?? this.#stream.get(name)
  }

  /** Writes a label; from here on it is a parsed one. */
  set(name: string, value: string): void {
    if (this.#stream.has(name) || this.#metadata.has(name)) this.#removed.add(name)
    this.#parsed.set(name, value)
  }

  /** Writes a label that a parser found in the line. */
  extract(name: string, value: string): void {
    const key = this.keyOf(name)
    if (name === ERROR_LABEL || name === ERROR_DETAILS_LABEL || this.#extracted.has(key)) return
    this.#extracted.add(key)
    this.set(key, value)
  }

  /** What a parser's label is called, if the record's own labels have the name already. */
  keyOf(name: string): string {
    if (!this.#stream.has(name) && !this.#metadata.has(name)) return name
    let key = this.#suffixed.get(name)
    if (key === undefined) {
      key = name + EXTRACTED
      if (this.#suffixed.size < 1000) this.#suffixed.set(name, key)
    }
    return key
  }

  delete(name: string): void {
    if (name === ERROR_LABEL) this.error = ''
    else if (name === ERROR_DETAILS_LABEL) this.errorDetails = ''
    else {
      this.#parsed.delete(name)
      this.#removed.add(name)
    }
  }

  fail(error: string, details: string): void {
    this.error = error
    this.errorDetails = details
  }

  clearError(): void {
    this.error = ''
    this.errorDetails = ''
  }

  /** Calls `visit` for every label, errors left out. */
  forEach(visit: (value: string, name: string) => void): void {
    this.#stream.forEach((value, name) => {
      if (!this.#removed.has(name) && !this.#metadata.has(name)) visit(value, name)
    })
    this.#metadata.forEach((value, name) => {
      if (!this.#removed.has(name)) visit(value, name)
    })
    this.#parsed.forEach(visit)
  }

  /** The stream's labels, if they are all the labels there are: what most records of a query without parser have. */
  onlyStream(): Labels | undefined {
    const untouched = this.#parsed.size === 0 && this.#removed.size === 0 && this.#metadata.size === 0
    return untouched && this.error === '' && this.errorDetails === '' ? this.#stream : undefined
  }

  /** The record as it left the pipeline; maps are copied where they are this object's own. */
  entry(): LogEntry {
    const parsed = new Map(this.#parsed)
    if (this.error !== '') parsed.set(ERROR_LABEL, this.error)
    if (this.errorDetails !== '') parsed.set(ERROR_DETAILS_LABEL, this.errorDetails)
    const { timeHigh, timeLow, line } = this
    const stream = this.#without(this.#stream, this.#metadata)
    return { timeHigh, timeLow, line, stream, metadata: this.#without(this.#metadata, NO_LABELS), parsed }
  }

  #without(labels: Labels, hidden: Labels): Labels {
    if (labels.size === 0 || (this.#removed.size === 0 && hidden.size === 0)) return labels
    const kept = new Map<string, string>()
    for (const [name, value] of labels)
      if (!this.#removed.has(name) && !hidden.has(name)) kept.set(name, value)
    return kept.size === labels.size ? labels : kept
  }
}

function withoutConflicts(metadata: Labels, stream: Labels): Labels {
  if (metadata.size === 0) return metadata
  let conflict = false
  for (const name of metadata.keys()) conflict ||= stream.has(name)
  if (!conflict) return metadata
  const renamed = new Map<string, string>()
  for (const [name, value] of metadata) renamed.set(stream.has(name) ? name + EXTRACTED : name, value)
  return renamed
}
