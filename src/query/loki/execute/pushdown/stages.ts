import type { LabelFilter, Stage } from '../../../logql/ast.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL } from '../../../logql/pipeline/line-state.ts'
import { type Fragment, join, sql } from '../../../sql/fragment.ts'
import type { LokiStore } from '../store.ts'
import { either, type LabelValue, pushLabelFilter } from './label-filter.ts'
import { contains, isBindable, looksForId, pushLineFilter } from './line-filter.ts'

export type PushedStages = {
  /** Every row that the pipeline keeps meets them. */
  readonly conditions: ReadonlyArray<Fragment>
  /** Stages that say in SQL all that they say. */
  readonly exactStages: number
  /** All stages are exact: rows that meet the conditions are those that the pipeline keeps, except where `doubt`. */
  readonly exact: boolean
  readonly doubt: Fragment | undefined
  /** Few rows are likely to meet them, and an index finds those. */
  readonly few: boolean
}

/**
 * What of a pipeline can be said in SQL. Filters behind a stage that changes what they look at are not, nor those that see
 * errors; all others are conditions, in whatever order they stand.
 */
export function pushStages(
  store: LokiStore,
  stages: ReadonlyArray<Stage>,
  labelValue: LabelValue,
): PushedStages {
  const walk = new Walk(store, labelValue)
  for (const stage of stages) walk.take(stage)
  const { conditions, exactStages, doubt, few } = walk
  return { conditions, exactStages, exact: exactStages === stages.length, doubt, few }
}

class Walk {
  readonly conditions: Fragment[] = []
  exactStages = 0
  doubt: Fragment | undefined
  few = false
  readonly #store: LokiStore
  readonly #labelValue: LabelValue
  /** The line is the stored one. */
  #line = true
  /** Labels have their first values, except that parsers may have added some. */
  #labels = true
  /** What the parsers that have read the stored line make: nothing, labels named as its keys are, or any. */
  #parsed: 'nothing' | 'keys' | 'any' = 'nothing'

  constructor(store: LokiStore, labelValue: LabelValue) {
    this.#store = store
    this.#labelValue = labelValue
  }

  take(stage: Stage): void {
    switch (stage.kind) {
      case 'line-filter': {
        const pushed = this.#line ? pushLineFilter(this.#store.logs, stage) : undefined
        if (pushed === undefined) return
        this.conditions.push(pushed.condition)
        this.few ||= looksForId(stage)
        if (pushed.exact) this.exactStages++
        return
      }
      case 'label-filter':
        this.#labelFilter(stage.filter)
        return
      case 'json':
      case 'logfmt':
        this.#parse(stage.extractions.length === 0 ? 'keys' : 'any')
        return
      case 'regexp':
      case 'pattern':
        this.#parse('any')
        return
      case 'unpack':
        this.#parse('any')
        this.#line = false
        return
      case 'line-format':
      case 'decolorize':
        this.#line = false
        return
      case 'drop':
        if (stage.labels.every((label) => label.kind === 'name' && isError(label.name))) this.exactStages++
        else this.#labels = false
        return
      case 'label-format':
      case 'keep':
        this.#labels = false
    }
  }

  #parse(makes: 'keys' | 'any'): void {
    if (this.#parsed !== 'any') this.#parsed = makes
    if (!this.#line) this.#labels = false
  }

  #labelFilter(filter: LabelFilter): void {
    if (!this.#labels) return
    if (this.#parsed !== 'nothing') {
      const hint = parsedHint(this.#store, filter, this.#labelValue, this.#parsed === 'keys')
      if (hint !== undefined) this.conditions.push(hint)
      return
    }
    const pushed = pushLabelFilter(filter, this.#labelValue)
    if (pushed === undefined) return
    // With an error of an earlier filter, comparisons may let a row pass.
    this.conditions.push(this.doubt === undefined ? pushed.pass : sql`(${pushed.pass}) OR (${this.doubt})`)
    this.doubt = either(this.doubt, pushed.doubt)
    this.exactStages++
  }
}

const isError = (name: string): boolean => name === ERROR_LABEL || name === ERROR_DETAILS_LABEL

/**
 * Behind a parser: a label that must have this value has it from the record, or the line holds it word for word, unless it is
 * written with escapes. Where labels are named as the line's keys are, it holds the name too.
 */
function parsedHint(
  store: LokiStore,
  filter: LabelFilter,
  labelValue: LabelValue,
  named: boolean,
): Fragment | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') {
    const left = parsedHint(store, filter.left, labelValue, named)
    const right = parsedHint(store, filter.right, labelValue, named)
    if (filter.kind === 'and') {
      if (left === undefined || right === undefined) return left ?? right
      return sql`(${left}) AND (${right})`
    }
    return left === undefined || right === undefined ? undefined : sql`(${left}) OR (${right})`
  }
  if (filter.kind !== 'matcher' || filter.op !== '=' || filter.value === '' || isError(filter.name))
    return undefined
  if (!isBindable(filter.value)) return undefined
  const body = store.logs.column('Body')
  // An underscore may stand for another character, or join the keys of a path.
  const key = named && /^[A-Za-z][A-Za-z0-9]*$/.test(filter.name) ? [contains(body, filter.name)] : []
  const recorded = pushLabelFilter(filter, labelValue)
  if (recorded === undefined) return undefined
  const written = join([...key, contains(body, filter.value)], ' AND ')
  return sql`(${recorded.pass}) OR (${written}) OR ${contains(body, '\\')}`
}
