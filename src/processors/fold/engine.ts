import { Batch } from '../../otlp/batch.ts'
import { CommonFingerprint } from '../../otlp/series/fingerprint.ts'
import { METRIC, POINT } from '../../otlp/slots.ts'
import { BucketStore } from './bucket-store.ts'
import { DeltaCache } from './delta-cache.ts'
import { Fold, type FoldKey, isDelta, isFoldable, NO_RECORD, shapeAt, type Times } from './fold.ts'
import { Folds } from './folds.ts'
import { LookAhead } from './look-ahead.ts'
import { MEMBER, Members, NO_MEMBER } from './members.ts'
import { FoldOutput } from './output.ts'
import { Point } from './point.ts'
import type { FoldRule } from './rule.ts'
import { Sweep } from './sweep.ts'
import { Taken } from './totals/totals.ts'

/** What is to become of a point that was given to the engine. */
export const Folded = {
  /** Its record will be the folded point: it stays. */
  stands: 0,
  /** It is part of a folded point: its record goes. */
  absorbed: 1,
  /** The first of its member after a restart that lost the state: what it had counted is not seen. */
  restarted: 2,
  /** There is no room for its member or its fold: it is not counted. */
  full: 3,
  /** Its buckets can't be brought to those of the fold: it is not counted. */
  boundsDiffer: 4,
  /** A sum or histogram that does not say whether it is cumulative. */
  noTemporality: 5,
} as const
export type Folded = (typeof Folded)[keyof typeof Folded]

export type FoldEngineOptions = {
  /** Series that are folded, of all tenants. */
  readonly membersMax: number
  /** Folded series that come out. */
  readonly foldsMax: number
  /** Counts and buckets that members of histograms hold. */
  readonly bucketsMax: number
  /** As of active series: members of gauges leave after it, others where there is need of room. */
  readonly idleAfterMs: number
  /** Names this gateway in each folded series. */
  readonly instance: string
  readonly nowMs: () => number
}

const NANOSECONDS_PER_MS = 1_000_000n
const WORD_BITS = 32n

/**
 * Folds the points of several series into one (docs/cardinality.md). One for the gateway, shared by all processors; it outlives
 * reloads. In a batch a processor calls `begin`, `add` for each point that it folds, and `finish`.
 *
 * A refused commit needs no undoing: totals of cumulative series keep the increase, which is then in their next point, and a
 * member's point that is sent again is no newer than what is known of it. Totals of deltas are those of one batch.
 */
export class FoldEngine {
  readonly members: Members
  readonly folds: Folds
  readonly buckets: BucketStore
  readonly deltas = new DeltaCache()
  readonly sweep: Sweep
  /** Until then, folds are made anew because a stop was not clean: set by whoever restores the state. */
  restartedUntilMs = Number.NEGATIVE_INFINITY
  /** First points of members that were taken as baselines. */
  baselines = 0
  readonly #nowMs: () => number
  readonly #point = new Point()
  readonly #lookAhead: LookAhead
  readonly #common = new CommonFingerprint()
  readonly #output: FoldOutput
  readonly #touched: Fold[] = []
  readonly #rules: FoldRule[] = []
  #batch: Batch = NONE
  #now: { low: number; high: number } = { low: 0, high: 0 }
  #isRestarted = false

  constructor(options: FoldEngineOptions) {
    this.members = new Members(options.membersMax)
    this.folds = new Folds(options.foldsMax)
    this.buckets = new BucketStore(options.bucketsMax)
    this.#lookAhead = new LookAhead(this.members, this.buckets)
    this.sweep = new Sweep(this, options)
    this.#nowMs = options.nowMs
    this.#output = new FoldOutput(options.instance)
  }

  begin(batch: Batch): void {
    this.#release()
    this.#batch = batch
    const nowMs = this.#nowMs()
    const now = BigInt(Math.floor(nowMs)) * NANOSECONDS_PER_MS
    this.#now.low = Number(BigInt.asIntN(32, now))
    this.#now.high = Number(BigInt.asIntN(32, now >> WORD_BITS))
    this.#isRestarted = nowMs < this.restartedUntilMs
    this.#common.begin(batch)
    this.#lookAhead.begin()
    this.#output.begin()
  }

  /** Whether the series of record `i` is a member of a fold of this processor. */
  isMember(i: number, owner: string): boolean {
    const { data } = this.#batch.records
    const base = i * POINT.stride
    const tenant = this.#batch.tenantOf(i)
    const low = data[base + POINT.seriesLow]! | 0
    return this.#find(i, low, data[base + POINT.seriesHigh]! | 0, owner, tenant) !== NO_MEMBER
  }

  /** Adds the point of record `i` to what its rule says. */
  add(i: number, rule: FoldRule): Folded {
    const batch = this.#batch
    const { data } = batch.records
    const base = i * POINT.stride
    const metric = data[base + POINT.metric]! * METRIC.stride
    const type = batch.metrics.data[metric + METRIC.type]!
    const temporality = batch.metrics.data[metric + METRIC.temporality]!
    if (!isFoldable(type, temporality)) return Folded.noTemporality
    this.#point.read(batch, i, this.#now.low, this.#now.high)
    const tenant = batch.tenantOf(i)
    const low = data[base + POINT.seriesLow]! | 0
    const high = data[base + POINT.seriesHigh]! | 0
    if (isDelta(type, temporality)) {
      const fold = this.#foldOfDelta(i, rule, tenant, low, high)
      return fold === undefined ? Folded.full : this.#give(i, fold, rule, NO_MEMBER, false)
    }
    const member = this.#find(i, low, high, rule.owner, tenant)
    if (member !== NO_MEMBER) return this.#addKnown(i, rule, tenant, member)
    const fold = this.#foldFor(i, rule, tenant)
    if (fold === undefined) return Folded.full
    const added = this.members.add(low, high, fold.number)
    return added === NO_MEMBER ? Folded.full : this.#give(i, fold, rule, added, true)
  }

  /** Writes the folded points of the batch, and lets go of it. */
  finish(): void {
    const touched = this.#touched
    for (let i = 0; i < touched.length; i++) {
      const fold = touched[i]!
      if (fold.record !== NO_RECORD) this.#output.write(this.#batch, fold, this.#rules[i]!, this.#now)
      fold.window = this.sweep.window
    }
    this.#release()
    this.sweep.advance()
  }

  /** Lets go of the batch; also of one that its processor failed in. */
  #release(): void {
    const touched = this.#touched
    for (let i = 0; i < touched.length; i++) {
      touched[i]!.record = NO_RECORD
      touched[i]!.isTouched = false
    }
    touched.length = 0
    this.#rules.length = 0
    this.#batch = NONE
    this.#point.close()
    this.#common.end()
  }

  /** Takes out a member; what it counted stays in the fold. */
  forget(member: number): void {
    const fold = this.folds.at(this.members.foldOf(member))!
    const base = member * MEMBER.stride
    const { words } = this.members
    fold.totals.forget(member)
    fold.raiseSince(words[base + MEMBER.startLow]!, words[base + MEMBER.startHigh]!)
    fold.members--
    this.members.remove(member)
  }

  /** The member of record `i`, whose series is `low` and `high`. */
  #find(i: number, low: number, high: number, owner: string, tenant: string): number {
    const { members } = this
    const hash = this.#lookAhead.hashOf(this.#batch, i)
    for (let place = members.placeOf(hash); ; place = members.next(place)) {
      const member = members.at(place)
      if (member === NO_MEMBER) return NO_MEMBER
      const base = member * MEMBER.stride
      if (members.words[base + MEMBER.low] !== low || members.words[base + MEMBER.high] !== high) continue
      const { key } = this.folds.at(members.foldOf(member))!
      if (key.owner === owner && key.tenant === tenant) return member
    }
  }

  #foldOfDelta(i: number, rule: FoldRule, tenant: string, low: number, high: number): Fold | undefined {
    const cached = this.folds.at(this.deltas.find(low, high))
    if (cached !== undefined && cached.key.ruleId === rule.id && cached.key.tenant === tenant) return cached
    const fold = this.#foldFor(i, rule, tenant)
    if (fold !== undefined) this.deltas.set(low, high, fold.number)
    return fold
  }

  #addKnown(i: number, rule: FoldRule, tenant: string, member: number): Folded {
    const known = this.folds.at(this.members.foldOf(member))!
    if (known.key.ruleId === rule.id) return this.#give(i, known, rule, member, false)
    // The rule has changed: from now on the member counts elsewhere.
    const fold = this.#foldFor(i, rule, tenant)
    if (fold === undefined) return Folded.full
    known.members--
    if (known.totals.canMove) {
      fold.members++
      this.members.moveTo(member, fold.number)
      return this.#give(i, fold, rule, member, false)
    }
    known.totals.forget(member)
    this.members.clear(member, fold.number)
    return this.#give(i, fold, rule, member, true, true)
  }

  #give(i: number, fold: Fold, rule: FoldRule, member: number, isNew: boolean, isMoved = false): Folded {
    if (!fold.isTouched) this.#touch(fold, rule)
    const point = this.#point
    const taken = fold.totals.add(point, member, isNew, isMoved ? NEVER : fold.since)
    if (member !== NO_MEMBER && !this.#settle(fold, member, isNew, taken)) return failure(taken)
    if (member === NO_MEMBER && taken >= Taken.boundsDiffer) return failure(taken)
    fold.note(point.timeLow, point.timeHigh, point.startLow, point.startHigh)
    if (fold.record === NO_RECORD) {
      fold.record = i
      return Folded.stands
    }
    return taken === Taken.baseline && this.#isRestarted && !isMoved ? Folded.restarted : Folded.absorbed
  }

  /** Whether the point was taken. Members that hold nothing are taken out. */
  #settle(fold: Fold, member: number, isNew: boolean, taken: Taken): boolean {
    const { members } = this
    if (taken === Taken.counted || taken === Taken.baseline) {
      if (taken === Taken.baseline) this.baselines++
      if (isNew) fold.members++
      members.see(member)
      return true
    }
    if (isNew) members.remove(member)
    else if (taken === Taken.ended) this.forget(member)
    return taken === Taken.ended
  }

  #touch(fold: Fold, rule: FoldRule): void {
    fold.isTouched = true
    fold.timeLow = fold.timeHigh = fold.firstLow = fold.firstHigh = 0
    fold.totals.begin()
    this.#touched.push(fold)
    this.#rules.push(rule)
  }

  /** The fold that a point belongs to, made now if there is none. Undefined if there is no room. */
  #foldFor(i: number, rule: FoldRule, tenant: string): Fold | undefined {
    this.#common.read(this.#batch, i, rule)
    const [low, high] = [this.#common.words[0]! | 0, this.#common.words[1]! | 0]
    const known = this.folds.find(low, high, rule.owner, rule.id, tenant)
    if (known !== undefined || this.folds.isFull) return known
    const { metrics, records } = this.#batch
    const metric = records.data[i * POINT.stride + POINT.metric]! * METRIC.stride
    const key: FoldKey = { low, high, owner: rule.owner, ruleId: rule.id, tenant }
    const shape = shapeAt(metrics.data, metric)
    const start: Times = { ...this.#now }
    const fold = new Fold(this.folds.nextNumber(), key, { shape, gauge: rule.gauge }, start, this)
    fold.window = this.sweep.window
    this.folds.add(fold)
    return fold
  }
}

function failure(taken: Taken): Folded {
  return taken === Taken.boundsDiffer ? Folded.boundsDiffer : Folded.full
}

/** No series starts later. */
const NEVER: Times = { low: -1, high: -1 }
const NONE = new Batch('metrics', 1)
