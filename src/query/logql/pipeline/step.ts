import type { LineState } from './line-state.ts'

/** One compiled stage: changes the state of a line; false drops the record. */
export type Step = (state: LineState) => boolean
