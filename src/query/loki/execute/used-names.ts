import type { Expr, Grouping, LabelFilter, LogRange, Selector, Stage, Unwrap } from '../../logql/ast.ts'
import type { QueryName } from '../../usage/recorder.ts'

/** The labels that a query reads: of selectors, filters, groupings, unwraps. Those that it makes itself may be among them. */
export function usedNames(expr: Expr): QueryName[] {
  const labels = new Set<string>()
  visit(expr, (name) => labels.add(name))
  return [...labels].filter((name) => !name.startsWith('__')).map((name) => ({ kind: 'label', name }))
}

type Use = (label: string) => void

function visit(expr: Expr, use: Use): void {
  switch (expr.kind) {
    case 'log':
      pipeline(expr, use)
      return
    case 'range-aggregation':
      range(expr.range, use)
      grouping(expr.grouping, use)
      return
    case 'vector-aggregation':
      visit(expr.operand, use)
      grouping(expr.grouping, use)
      return
    case 'binary':
      visit(expr.left, use)
      visit(expr.right, use)
      for (const label of expr.matching?.labels ?? []) use(label)
      return
    case 'label-replace':
      use(expr.source)
      visit(expr.operand, use)
      return
    case 'vector':
    case 'literal':
      return
  }
}

function pipeline(
  { selector, stages }: { readonly selector: Selector; readonly stages: ReadonlyArray<Stage> },
  use: Use,
): void {
  for (const { name } of selector.matchers) use(name)
  for (const stage of stages) ofStage(stage, use)
}

function range(of: LogRange, use: Use): void {
  pipeline(of, use)
  if (of.unwrap !== undefined) unwrap(of.unwrap, use)
}

function unwrap({ label, filters }: Unwrap, use: Use): void {
  use(label)
  for (const { filter } of filters) ofFilter(filter, use)
}

function grouping(of: Grouping | undefined, use: Use): void {
  for (const label of of?.labels ?? []) use(label)
}

function ofStage(stage: Stage, use: Use): void {
  switch (stage.kind) {
    case 'label-filter':
      ofFilter(stage.filter, use)
      return
    case 'label-format':
      for (const format of stage.formats) if (format.kind === 'rename') use(format.source)
      return
    case 'keep':
      for (const { name } of stage.labels) use(name)
      return
    default:
      return
  }
}

function ofFilter(filter: LabelFilter, use: Use): void {
  if ('name' in filter) use(filter.name)
  else {
    ofFilter(filter.left, use)
    ofFilter(filter.right, use)
  }
}
