import type { Grouping, LabelFilter, LogRange, Stage } from '../ast.ts'
import { JSON_ERROR } from '../pipeline/json.ts'
import { ERROR_LABEL } from '../pipeline/line-state.ts'
import { LOGFMT_ERROR } from '../pipeline/logfmt.ts'

/**
 * Which errors of lines a range aggregation counts, where all others fail it: those of parsers, if the query asks for
 * `__error__` by name and its labels are grouped to those that it asks for.
 */
export function keptErrors(
  { stages, unwrap }: LogRange,
  grouping: Grouping | undefined,
): (error: string) => boolean {
  const grouped = grouping !== undefined && (!grouping.without || grouping.labels.length === 0)
  const asked =
    grouped &&
    (grouping.labels.includes(ERROR_LABEL) || [...stages, ...(unwrap?.filters ?? [])].some(asksForError))
  if (!asked) return () => false
  return (error) => error === JSON_ERROR || error === LOGFMT_ERROR
}

const IN_TEMPLATE = new RegExp(`\\.${ERROR_LABEL}\\b`)

function asksForError(stage: Stage): boolean {
  switch (stage.kind) {
    case 'label-filter':
      return filtersError(stage.filter)
    case 'line-format':
      return IN_TEMPLATE.test(stage.template)
    case 'label-format':
      return stage.formats.some((format) =>
        format.kind === 'rename' ? format.source === ERROR_LABEL : IN_TEMPLATE.test(format.template),
      )
    default:
      return false
  }
}

function filtersError(filter: LabelFilter): boolean {
  if ('left' in filter) return filtersError(filter.left) || filtersError(filter.right)
  return filter.name === ERROR_LABEL
}
