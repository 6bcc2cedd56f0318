import type { Batch } from '../../../otlp/batch.ts'
import type { Point } from '../point.ts'

/** What came of a point that was given to totals. */
export const Taken = {
  /** It is in them, or brought nothing new. */
  counted: 0,
  /** The first of its member: what it had counted before is not in them. */
  baseline: 1,
  /** Its buckets can't be brought to the others'. */
  boundsDiffer: 2,
  /** There is no room for its buckets. */
  full: 3,
  /** Its series has ended: the member is to be forgotten. */
  ended: 4,
} as const
export type Taken = (typeof Taken)[keyof typeof Taken]

/** What a member's first point is compared with: a series that started later is counted in full. */
export type Since = { readonly low: number; readonly high: number }

/**
 * The value of one folded series: what its members' points add up to. One kind for each shape of metric. Members are
 * numbers in `Members`, whose words from `MEMBER.own` on are the totals' to use.
 */
export type Totals = {
  /** Whether points of a member are compared with its last one; without, every point stands alone. */
  readonly hasMembers: boolean
  /** Whether a member's last value is part of what is shown, so that one that is idle for too long has to leave. */
  readonly showsLastValues: boolean
  /** Whether members have numbers in the bucket store, whose place and count their words `NUMBERS` say. */
  readonly hasNumbers: boolean
  /** Whether what is known of a member means the same to other totals of this kind. */
  readonly canMove: boolean
  /** A batch begins: totals of deltas start from nothing. */
  begin(): void
  /**
   * Takes a point. `isNew`: its member was made for it, so its words are 0 (also after `full` or `boundsDiffer`, where the caller
   * removes it). A point that is no newer than its member's last changes nothing.
   */
  add(point: Point, member: number, isNew: boolean, since: Since): Taken
  /** Gives back what a member holds; what it counted stays counted, what it showed is gone. */
  forget(member: number): void
  /** Writes value and counts over the point at `base` of the records. */
  write(batch: Batch, base: number): void
  /** For a restart: the totals as plain data, and back; then each member, whose words and numbers are there already. */
  save(): unknown
  restore(saved: unknown): void
  adopt(member: number): void
}
