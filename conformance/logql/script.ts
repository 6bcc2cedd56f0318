/** What a `.logqltest` script says, read from its text. Times are nanoseconds from the script's epoch. */

export type LoadedEntry = {
  readonly timeNs: bigint
  readonly line: string
  readonly metadata: ReadonlyMap<string, string>
}
export type LoadedStream = {
  readonly labels: ReadonlyMap<string, string>
  readonly entries: ReadonlyArray<LoadedEntry>
}

export type ExpectedPoint = number | undefined
export type ExpectedSeries = {
  readonly labels: ReadonlyMap<string, string>
  readonly points: ReadonlyArray<ExpectedPoint>
}
/** Without origins, labels of every origin stand in `labels`; with them, those of the stream alone. */
export type ExpectedEntry = {
  readonly timeNs: bigint
  readonly line: string
  readonly labels: ReadonlyMap<string, string>
  readonly metadata: ReadonlyMap<string, string> | undefined
  readonly parsed: ReadonlyMap<string, string> | undefined
}
/** How near values must be: within `tolerance`, absolutely or by the larger one; undefined: values are not compared. */
export type Tolerance = number | undefined
export type MessagePattern = { readonly text: string; readonly test: (message: string) => boolean }
export type Expectation =
  | { readonly kind: 'series'; readonly series: ReadonlyArray<ExpectedSeries>; readonly ordered: boolean }
  | { readonly kind: 'entries'; readonly entries: ReadonlyArray<ExpectedEntry> }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'empty' }
  /** The message holds a text, or matches a pattern, or may be any. */
  | {
      readonly kind: 'fail'
      readonly message: string | undefined
      readonly pattern: MessagePattern | undefined
    }

export type EvalMode =
  | { readonly kind: 'instant'; readonly timeNs: bigint }
  | { readonly kind: 'range'; readonly fromNs: bigint; readonly toNs: bigint; readonly stepNs: bigint }
  | {
      readonly kind: 'select'
      readonly fromNs: bigint
      readonly toNs: bigint
      readonly direction: 'forward' | 'backward'
    }

export type Command =
  | { readonly kind: 'clear' | 'flush'; readonly line: number }
  | { readonly kind: 'load'; readonly line: number; readonly streams: ReadonlyArray<LoadedStream> }
  | {
      readonly kind: 'eval'
      readonly line: number
      readonly mode: EvalMode
      readonly query: string
      readonly expected: Expectation
      readonly tolerance: Tolerance
    }
