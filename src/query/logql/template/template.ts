import { StageError } from '../error.ts'
import { PATTERN_LENGTH_MAX } from '../limits.ts'
import { timeNs } from '../record.ts'
import { Execution } from './execute.ts'
import { FUNCTIONS } from './functions/index.ts'
import { parseTemplate } from './parser.ts'

/** What a template can read of a record. */
export type TemplateData = {
  readonly labels: ReadonlyMap<string, string>
  readonly line: string
  readonly timeHigh: number
  readonly timeLow: number
}

/**
 * A template of Go's text/template with the functions that LogQL has, as a function of a record. `name` stands in
 * messages. Throws {@link StageError} for a template that can't be read; the function throws TemplateError for a record.
 */
export function compileTemplate(text: string, name: 'line' | 'label'): (data: TemplateData) => string {
  if (text.length > PATTERN_LENGTH_MAX)
    throw new StageError(
      `the template has ${text.length} characters; at most ${PATTERN_LENGTH_MAX} are allowed`,
    )
  const nodes = parseTemplate(text, name, (word) => FUNCTIONS.has(word))
  return (data) => new Execution(name, { line: data.line, timeNs: timeNs(data) }).render(nodes, data.labels)
}
