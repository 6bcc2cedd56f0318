/** Thrown while a call or key is built that could be run, but would fail for every record. */
export class AlwaysFails extends Error {}

/** A condition that can't be run: what is wrong and where, in words for the operator who wrote it. */
export class ConditionError extends Error {
  /** UTF-16 offset into the condition's text. */
  readonly offset: number
  /** It could be run, but would fail for every record: the collector finds out only then. */
  readonly alwaysFails: boolean

  constructor(message: string, offset: number, alwaysFails = false) {
    super(message)
    this.name = 'ConditionError'
    this.offset = offset
    this.alwaysFails = alwaysFails
  }
}
