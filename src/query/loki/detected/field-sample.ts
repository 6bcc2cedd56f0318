import type { Stage } from '../../logql/ast.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL } from '../../logql/pipeline/line-state.ts'
import { compilePipeline, type Pipeline } from '../../logql/pipeline/pipeline.ts'
import type { Labels, LogEntry } from '../../logql/record.ts'
import { commonType, type FieldType, typeOfValue } from './field-type.ts'
import { jsonPaths } from './json-paths.ts'

export type FieldParser = 'json' | 'logfmt'

export type Field = {
  readonly name: string
  readonly type: FieldType
  /** Different values among the sampled lines. */
  readonly values: ReadonlySet<string>
  /** Which parsers find it in a line; of structured metadata, none. */
  readonly parsers: ReadonlyArray<FieldParser>
  readonly jsonPath: ReadonlyArray<string> | undefined
}

type Found = {
  type: FieldType | undefined
  readonly values: Set<string>
  readonly parsers: Set<FieldParser>
  jsonPath: ReadonlyArray<string> | undefined
}

const at = { start: 0, end: 0 }
const JSON_STAGE: Stage = { kind: 'json', extractions: [], ...at }
const LOGFMT_STAGE: Stage = { kind: 'logfmt', strict: false, keepEmpty: false, extractions: [], ...at }

/**
 * Which fields log lines have: their structured metadata, and what the json parser, or else the logfmt parser, finds in
 * them. The parsers are those of queries, so what is found here is what a query will find.
 */
export class FieldSample {
  readonly #fieldsMax: number
  readonly #fields = new Map<string, Found>()
  readonly #json = compilePipeline([JSON_STAGE])
  readonly #logfmt = compilePipeline([LOGFMT_STAGE])

  /** Further fields are left out. */
  constructor(fieldsMax: number) {
    this.#fieldsMax = fieldsMax
  }

  add(entry: LogEntry): void {
    for (const [name, value] of entry.metadata) this.#note(name, value)
    const known = new Set(entry.metadata.keys())
    const asJson = parsedBy(this.#json, entry)
    if (asJson !== undefined) {
      const paths = jsonPaths(entry.line)
      for (const [name, value] of asJson) this.#note(name, value, 'json', paths.get(withoutSuffix(name)))
    }
    const asLogfmt = asJson === undefined ? parsedBy(this.#logfmt, entry) : undefined
    for (const [name, value] of asLogfmt ?? []) this.#note(name, value, 'logfmt')
    // What the stages of the query itself found, and no parser of this sample.
    for (const [name, value] of entry.parsed)
      if (!known.has(name) && !(asJson ?? asLogfmt)?.has(name)) this.#note(name, value)
  }

  fields(): Field[] {
    return [...this.#fields]
      .map(([name, { type, values, parsers, jsonPath }]) => ({
        name,
        type: type ?? ('string' as const),
        values,
        parsers: [...parsers],
        jsonPath,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #note(name: string, value: string, parser?: FieldParser, jsonPath?: ReadonlyArray<string>): void {
    if (value === '' || name === ERROR_LABEL || name === ERROR_DETAILS_LABEL) return
    let field = this.#fields.get(name)
    if (field === undefined) {
      if (this.#fields.size >= this.#fieldsMax) return
      field = { type: undefined, values: new Set(), parsers: new Set(), jsonPath: undefined }
      this.#fields.set(name, field)
    }
    if (parser !== undefined) field.parsers.add(parser)
    field.jsonPath ??= jsonPath
    if (field.values.has(value)) return
    field.values.add(value)
    field.type = commonType(field.type, typeOfValue(value))
  }
}

/** A parser's label whose name the record has already goes by another name. */
function withoutSuffix(name: string): string {
  return name.endsWith('_extracted') ? name.slice(0, -'_extracted'.length) : name
}

/** The labels that a parser finds; undefined if the line is not written so. */
function parsedBy({ process, state }: Pipeline, entry: LogEntry): Labels | undefined {
  process(entry)
  if (state.error !== '') return undefined
  const { parsed } = state.entry()
  return parsed.size === 0 ? undefined : parsed
}
