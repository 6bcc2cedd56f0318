import type {
  Expr,
  Extraction,
  Grouping,
  LabelChoice,
  LabelFilter,
  LineFilterStage,
  LogRange,
  Matcher,
  MetricExpr,
  Selector,
  Stage,
  Unwrap,
  VectorMatching,
} from './ast.ts'
import { STAGES } from './parser/stages.ts'
import { printDuration } from './units.ts'
import { quote } from './unquote.ts'

/** A query as text that parses to the same tree. */
export function print(expr: Expr): string {
  return expr.kind === 'log' ? printPipeline(expr.selector, expr.stages) : printMetric(expr)
}

export function printSelector({ matchers }: Selector): string {
  return `{${matchers.map(printMatcher).join(', ')}}`
}

/** Where a line filter would be read as part of the stage before it, parentheses end that stage. */
function printPipeline(selector: Selector, stages: ReadonlyArray<Stage>): string {
  let out = printSelector(selector)
  stages.forEach((stage, i) => {
    if (isNegativeLineFilter(stage) && endsInName(stages[i - 1])) out = `(${out})`
    out += ` ${printStage(stage)}`
  })
  return out
}

function isNegativeLineFilter(stage: Stage): boolean {
  return stage.kind === 'line-filter' && (stage.op === '!=' || stage.op === '!~')
}

function endsInName(stage: Stage | undefined): boolean {
  return (stage?.kind === 'drop' || stage?.kind === 'keep') && stage.labels.at(-1)?.kind === 'name'
}

function printMatcher({ name, op, value }: Matcher): string {
  return `${name}${op}${quote(value)}`
}

export function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line-filter':
      return printLineFilter(stage)
    case 'json':
      return `| json${printExtractions(stage.extractions)}`
    case 'logfmt':
      return `| logfmt${stage.strict ? ' --strict' : ''}${stage.keepEmpty ? ' --keep-empty' : ''}${printExtractions(stage.extractions)}`
    case 'regexp':
      return `| regexp ${quote(stage.pattern)}`
    case 'pattern':
      return `| pattern ${quote(stage.pattern)}`
    case 'label-filter':
      return `| ${looksLikeStage(stage.filter) ? `(${printLabelFilter(stage.filter)})` : printLabelFilter(stage.filter)}`
    case 'line-format':
      return `| line_format ${quote(stage.template)}`
    case 'label-format':
      return `| label_format ${stage.formats.map((format) => `${format.label}=${format.kind === 'rename' ? format.source : quote(format.template)}`).join(', ')}`
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.labels.map(printChoice).join(', ')}`
  }
}

function printLineFilter({ op, alternatives }: LineFilterStage): string {
  const values = alternatives.map(({ kind, value }) => (kind === 'ip' ? `ip(${quote(value)})` : quote(value)))
  return `${op} ${values.join(' or ')}`
}

function printExtractions(extractions: ReadonlyArray<Extraction>): string {
  if (extractions.length === 0) return ''
  return ` ${extractions.map(({ label, expression }) => (label === expression ? label : `${label}=${quote(expression)}`)).join(', ')}`
}

function printChoice(choice: LabelChoice): string {
  return choice.kind === 'name' ? choice.name : printMatcher(choice)
}

export function printLabelFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `${printJoined(filter.left)} ${filter.kind} ${printJoined(filter.right)}`
    case 'matcher':
      return printMatcher(filter)
    case 'ip':
      return `${filter.name}${filter.op}ip(${quote(filter.pattern)})`
    case 'number':
      return `${filter.name}${filter.op}${printNumber(filter.value)}`
    case 'duration':
      return `${filter.name}${filter.op}${printDuration(filter.value)}`
    case 'bytes':
      return `${filter.name}${filter.op}${filter.value}B`
  }
}

/** `json != "x"` after a bar is the json stage and a line filter. */
function looksLikeStage(filter: LabelFilter): boolean {
  const first = isJoined(filter) ? filter.left : filter
  if (isJoined(first)) return false
  return STAGES.has(first.name) && (first.op === '!=' || first.op === '!~')
}

function printJoined(filter: LabelFilter): string {
  return isJoined(filter) ? `(${printLabelFilter(filter)})` : printLabelFilter(filter)
}

function isJoined(filter: LabelFilter): filter is Extract<LabelFilter, { kind: 'and' | 'or' }> {
  return filter.kind === 'and' || filter.kind === 'or'
}

export function printMetric(expr: MetricExpr): string {
  switch (expr.kind) {
    case 'range-aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${printNumber(expr.parameter)}, `
      return `${expr.op}(${parameter}${printLogRange(expr.range)})${printGrouping(expr.grouping)}`
    }
    case 'vector-aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${printNumber(expr.parameter)}, `
      return `${expr.op}${printGrouping(expr.grouping)}(${parameter}${printMetric(expr.operand)})`
    }
    case 'binary':
      return `${printOperand(expr.left)} ${expr.op}${expr.bool ? ' bool' : ''}${printMatching(expr.matching)} ${printOperand(expr.right)}`
    case 'label-replace': {
      const texts = [expr.destination, expr.replacement, expr.source, expr.pattern].map(quote)
      return `label_replace(${[printMetric(expr.operand), ...texts].join(', ')})`
    }
    case 'vector':
      return `vector(${printNumber(expr.value)})`
    case 'literal':
      return printNumber(expr.value)
  }
}

function printOperand(expr: MetricExpr): string {
  return expr.kind === 'binary' ? `(${printMetric(expr)})` : printMetric(expr)
}

/** The query, then the window: what several orders in the text mean alike. */
export function printLogRange(range: LogRange): string {
  const pipeline = printPipeline(range.selector, range.stages)
  const unwrap = range.unwrap === undefined ? '' : ` ${printUnwrap(range.unwrap)}`
  const offset = range.offsetNs === 0 ? '' : ` offset ${printDuration(range.offsetNs)}`
  return `${pipeline}${unwrap} [${printDuration(range.rangeNs)}]${offset}`
}

function printUnwrap({ label, conversion, filters }: Unwrap): string {
  const value = conversion === undefined ? label : `${conversion}(${label})`
  return [`| unwrap ${value}`, ...filters.map(printStage)].join(' ')
}

function printGrouping(grouping: Grouping | undefined): string {
  if (grouping === undefined) return ''
  return ` ${grouping.without ? 'without' : 'by'} (${grouping.labels.join(', ')})`
}

function printMatching(matching: VectorMatching | undefined): string {
  if (matching === undefined) return ''
  const group =
    matching.group === undefined ? '' : ` group_${matching.group} (${matching.include.join(', ')})`
  return ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})${group}`
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
