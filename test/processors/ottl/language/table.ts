/** Conditions, and what the collector's public documentation says that they are of the sample of their context. */
export type Expected = boolean | 'load-error' | 'eval-error'
export type Table = Readonly<Record<string, ReadonlyArray<readonly [condition: string, expected: Expected]>>>
