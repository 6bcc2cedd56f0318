/**
 * The tree of a LogQL query. Every node has its place in the text: UTF-16 offsets, `end` exclusive. Parentheses leave no
 * node; `print` puts back those that the tree needs.
 */
export type Span = { readonly start: number; readonly end: number }

export type Expr = LogExpr | MetricExpr

export type LogExpr = Span & {
  readonly kind: 'log'
  readonly selector: Selector
  readonly stages: ReadonlyArray<Stage>
}

export type Selector = Span & { readonly kind: 'selector'; readonly matchers: ReadonlyArray<Matcher> }

export type MatchOp = '=' | '!=' | '=~' | '!~'
export type Matcher = Span & {
  readonly kind: 'matcher'
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

// Stages

export type Stage =
  | LineFilterStage
  | JsonStage
  | LogfmtStage
  | RegexpStage
  | PatternStage
  | UnpackStage
  | LabelFilterStage
  | LineFormatStage
  | LabelFormatStage
  | DecolorizeStage
  | DropStage
  | KeepStage

export type LineFilterOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>'
/** A positive filter keeps a line that any alternative matches; a negative one drops it. */
export type LineFilterStage = Span & {
  readonly kind: 'line-filter'
  readonly op: LineFilterOp
  readonly alternatives: ReadonlyArray<LineFilterValue>
}
/** `ip` stands with `|=` and `!=` only. */
export type LineFilterValue = Span & { readonly kind: 'text' | 'ip'; readonly value: string }

/** `label="expression"`; of a bare `label`, the expression is the label's name. */
export type Extraction = Span & {
  readonly kind: 'extraction'
  readonly label: string
  readonly expression: string
}
/** Without extractions, everything is extracted. */
export type JsonStage = Span & { readonly kind: 'json'; readonly extractions: ReadonlyArray<Extraction> }
export type LogfmtStage = Span & {
  readonly kind: 'logfmt'
  readonly strict: boolean
  readonly keepEmpty: boolean
  readonly extractions: ReadonlyArray<Extraction>
}
export type RegexpStage = Span & { readonly kind: 'regexp'; readonly pattern: string }
export type PatternStage = Span & { readonly kind: 'pattern'; readonly pattern: string }
export type UnpackStage = Span & { readonly kind: 'unpack' }
export type LabelFilterStage = Span & { readonly kind: 'label-filter'; readonly filter: LabelFilter }
export type LineFormatStage = Span & { readonly kind: 'line-format'; readonly template: string }
export type LabelFormatStage = Span & {
  readonly kind: 'label-format'
  readonly formats: ReadonlyArray<LabelFormat>
}
export type LabelFormat = Span & { readonly label: string } & (
    | { readonly kind: 'rename'; readonly source: string }
    | { readonly kind: 'template'; readonly template: string }
  )
export type DecolorizeStage = Span & { readonly kind: 'decolorize' }
export type DropStage = Span & { readonly kind: 'drop'; readonly labels: ReadonlyArray<LabelChoice> }
export type KeepStage = Span & { readonly kind: 'keep'; readonly labels: ReadonlyArray<LabelChoice> }
/** A label of `drop` or `keep`: by its name alone, or only where its value matches. */
export type LabelChoice = (Span & { readonly kind: 'name'; readonly name: string }) | Matcher

// Label filters

export type CompareOp = '==' | '!=' | '>' | '>=' | '<' | '<='
export type LabelFilter =
  | (Span & {
      readonly kind: 'and' | 'or'
      readonly left: LabelFilter
      readonly right: LabelFilter
    })
  | Matcher
  | UnitFilter
  | IpFilter
/** `duration` in nanoseconds, `bytes` in bytes. `=` is read as `==`. */
export type UnitFilter = Span & {
  readonly kind: 'number' | 'duration' | 'bytes'
  readonly name: string
  readonly op: CompareOp
  readonly value: number
}
export type IpFilter = Span & {
  readonly kind: 'ip'
  readonly name: string
  readonly op: '=' | '!='
  readonly pattern: string
}

// Metric queries

export type MetricExpr =
  | RangeAggregation
  | VectorAggregation
  | BinaryExpr
  | LabelReplace
  | VectorLiteral
  | NumberLiteral

export type RangeOp =
  | 'rate'
  | 'rate_counter'
  | 'count_over_time'
  | 'bytes_rate'
  | 'bytes_over_time'
  | 'absent_over_time'
  | 'sum_over_time'
  | 'avg_over_time'
  | 'max_over_time'
  | 'min_over_time'
  | 'first_over_time'
  | 'last_over_time'
  | 'stdvar_over_time'
  | 'stddev_over_time'
  | 'quantile_over_time'

export type RangeAggregation = Span & {
  readonly kind: 'range-aggregation'
  readonly op: RangeOp
  /** φ of quantile_over_time. */
  readonly parameter: number | undefined
  readonly range: LogRange
  readonly grouping: Grouping | undefined
}
export type LogRange = Span & {
  readonly kind: 'log-range'
  readonly selector: Selector
  readonly stages: ReadonlyArray<Stage>
  readonly unwrap: Unwrap | undefined
  /** Width of the window in nanoseconds. */
  readonly rangeNs: number
  /** How far back the window is moved, in nanoseconds; negative moves it forward. */
  readonly offsetNs: number
}
export type Conversion = 'duration' | 'duration_seconds' | 'bytes'
export type Unwrap = Span & {
  readonly kind: 'unwrap'
  readonly label: string
  readonly conversion: Conversion | undefined
  /** Label filters that see errors of the conversion. */
  readonly filters: ReadonlyArray<LabelFilterStage>
}
export type Grouping = Span & {
  readonly kind: 'grouping'
  readonly without: boolean
  readonly labels: ReadonlyArray<string>
}

export type VectorOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'sort'
  | 'sort_desc'
  | 'approx_topk'
export type VectorAggregation = Span & {
  readonly kind: 'vector-aggregation'
  readonly op: VectorOp
  /** k of topk, bottomk and approx_topk. */
  readonly parameter: number | undefined
  readonly operand: MetricExpr
  readonly grouping: Grouping | undefined
}

export type BinaryOp = 'or' | 'and' | 'unless' | CompareOp | '+' | '-' | '*' | '/' | '%' | '^'
export type BinaryExpr = Span & {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly left: MetricExpr
  readonly right: MetricExpr
  /** Comparisons give 0 and 1 instead of filtering. */
  readonly bool: boolean
  readonly matching: VectorMatching | undefined
}
export type VectorMatching = Span & {
  readonly kind: 'matching'
  readonly on: boolean
  readonly labels: ReadonlyArray<string>
  /** Which side may have many elements for one of the other. */
  readonly group: 'left' | 'right' | undefined
  /** Labels that are taken from the side of the one. */
  readonly include: ReadonlyArray<string>
}

export type LabelReplace = Span & {
  readonly kind: 'label-replace'
  readonly operand: MetricExpr
  readonly destination: string
  readonly replacement: string
  readonly source: string
  readonly pattern: string
}
export type VectorLiteral = Span & { readonly kind: 'vector'; readonly value: number }
export type NumberLiteral = Span & { readonly kind: 'literal'; readonly value: number }
