/** A span that stands for those that a bucket counts. */
export type Exemplar = {
  readonly traceId: Buffer
  readonly spanId: Buffer
  readonly value: number
  readonly timeMs: number
}

/** Where a counter has the exemplars of its points from. */
export type ExemplarSource = {
  /** Of a series since its last points. */
  of(entry: number): ReadonlyArray<Exemplar>
  /** All that there are stand in points. */
  taken(): void
}
