import type { Expr, LogRange, MetricExpr, Selector, Span, Stage } from './ast.ts'
import { LogqlError, StageError } from './error.ts'
import { compileMatcher } from './matcher.ts'
import { compileLabelReplace } from './metrics/label-replace.ts'
import { compileStage } from './pipeline/pipeline.ts'
import { parseSelectorSyntax, parseSyntax } from './syntax.ts'

/**
 * Reads a query and checks all that can be wrong before a record is seen: grammar, aggregations, regular expressions,
 * templates, addresses, paths; and that its selectors are not empty. Throws {@link LogqlError}.
 */
export function parse(query: string): Expr {
  const expr = parseSyntax(query)
  const check = new Check(query)
  if (expr.kind === 'log') check.pipeline(expr.selector, expr.stages)
  else check.metric(expr)
  return expr
}

/** Reads a selector alone; `{}` and matchers that match nothing are allowed. Throws {@link LogqlError}. */
export function parseSelector(query: string): Selector {
  const selector = parseSelectorSyntax(query)
  new Check(query).matchers(selector)
  return selector
}

class Check {
  readonly #query: string

  constructor(query: string) {
    this.#query = query
  }

  metric(expr: MetricExpr): void {
    if (expr.kind === 'range-aggregation') this.range(expr.range)
    else if (expr.kind === 'vector-aggregation') this.metric(expr.operand)
    else if (expr.kind === 'label-replace') {
      this.#placed(expr, () => compileLabelReplace(expr))
      this.metric(expr.operand)
    } else if (expr.kind === 'binary') {
      this.metric(expr.left)
      this.metric(expr.right)
    }
  }

  range({ selector, stages, unwrap }: LogRange): void {
    this.pipeline(selector, [...stages, ...(unwrap?.filters ?? [])])
  }

  pipeline(selector: Selector, stages: ReadonlyArray<Stage>): void {
    this.matchers(selector)
    if (!selector.matchers.some((matcher) => !compileMatcher(matcher)('')))
      throw new LogqlError(
        this.#query,
        selector.start,
        'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
          'For instance, app=~".*" does not meet this requirement, but app=~".+" will',
      )
    for (const stage of stages) this.#placed(stage, () => compileStage(stage))
  }

  matchers({ matchers }: Selector): void {
    for (const matcher of matchers) this.#placed(matcher, () => compileMatcher(matcher))
  }

  #placed(span: Span, compile: () => unknown): void {
    try {
      compile()
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      throw new LogqlError(this.#query, span.start, error.message)
    }
  }
}
