import { ApiError } from '../../errors.ts'
import { labelsJson } from '../../labels-json.ts'
import { type Labels, type LogEntry, timeNs } from '../../logql/record.ts'

export type GroupOptions = {
  /** `X-Loki-Response-Encoding-Flags: categorize-labels`: say of each label where it comes from. */
  readonly categorize: boolean
  /** Characters of JSON that may be held. */
  readonly charactersMax: number
}

/**
 * The entries of an answer by stream, as JSON texts. Loki's answer names each stream once, with all its entries, so what was
 * read has to be held until it is complete: at most the limit's number of entries, and `charactersMax` of them.
 */
export class StreamGroups {
  readonly #categorize: boolean
  readonly #charactersMax: number
  /** By the JSON of the labels. */
  readonly #values = new Map<string, string[]>()
  /** Sources use one object for the labels of a stream: most entries need no new text. */
  readonly #texts = new WeakMap<Labels, string>()
  #characters = 0

  constructor({ categorize, charactersMax }: GroupOptions) {
    this.#categorize = categorize
    this.#charactersMax = charactersMax
  }

  /** Throws {@link ApiError} if there are too many. */
  add(entry: LogEntry): void {
    const key = this.#keyOf(entry)
    const value = this.#valueOf(entry)
    this.#characters += value.length
    let values = this.#values.get(key)
    if (values === undefined) {
      values = []
      this.#values.set(key, values)
      this.#characters += key.length
    }
    values.push(value)
    if (this.#characters > this.#charactersMax)
      throw new ApiError(
        'query_too_large',
        `The answer would have more than ${this.#charactersMax} bytes: lower the limit, or filter more.`,
      )
  }

  /** JSON of the streams, in the order of their labels; entries in the order in which they came. */
  *json(): Generator<string, void, undefined> {
    let before = '['
    for (const key of [...this.#values.keys()].sort()) {
      yield `${before}{"stream":${key},"values":[`
      yield* joined(this.#values.get(key)!)
      yield ']}'
      before = ','
    }
    yield this.#values.size === 0 ? '[]' : ']'
  }

  #keyOf({ stream, metadata, parsed }: LogEntry): string {
    if (!this.#categorize && (metadata.size > 0 || parsed.size > 0))
      return labelsJson(new Map([...stream, ...metadata, ...parsed]))
    let text = this.#texts.get(stream)
    if (text === undefined) {
      text = labelsJson(stream)
      this.#texts.set(stream, text)
    }
    return text
  }

  #valueOf(entry: LogEntry): string {
    const pair = `"${timeNs(entry)}",${JSON.stringify(entry.line)}`
    return this.#categorize ? `[${pair},${originsJson(entry)}]` : `[${pair}]`
  }
}

function originsJson({ metadata, parsed }: LogEntry): string {
  const parts: string[] = []
  if (metadata.size > 0) parts.push(`"structuredMetadata":${labelsJson(metadata)}`)
  if (parsed.size > 0) parts.push(`"parsed":${labelsJson(parsed)}`)
  return `{${parts.join(',')}}`
}

const JOINED_AT_ONCE = 500

function* joined(values: ReadonlyArray<string>): Generator<string, void, undefined> {
  for (let i = 0; i < values.length; i += JOINED_AT_ONCE) {
    if (i > 0) yield ','
    yield values.slice(i, i + JOINED_AT_ONCE).join(',')
  }
}
