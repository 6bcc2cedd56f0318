import { expect } from 'vitest'
import { type Batch, KEPT } from '../../../src/otlp/batch.ts'
import { Outcomes } from '../../../src/otlp/outcomes.ts'
import { FoldEngine, type FoldEngineOptions } from '../../../src/processors/fold/engine.ts'
import { Folder } from '../../../src/processors/fold/folder.ts'
import { FoldRule, type FoldRuleOptions } from '../../../src/processors/fold/rule.ts'
import { materialisePoints } from '../../otlp/materialise.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { scannedMetricsRequest } from '../metrics.ts'

export const MS = 1_000_000n
/** When worlds begin. */
export const EPOCH_MS = 1_700_000_000_000
export const IDLE_AFTER_MS = 1_200_000

export type Sent = {
  readonly verdicts: ReadonlyArray<string>
  /** What is left, with its point. */
  readonly kept: ReadonlyArray<ReturnType<typeof materialisePoints>[number]>
}

/** An engine that folds every point it gets by one rule, and a clock. */
export class FoldWorld {
  nowMs = EPOCH_MS
  engine: FoldEngine
  rule: FoldRule
  readonly outcomes = new Outcomes()
  readonly #options: Partial<FoldEngineOptions>
  #folder: Folder
  readonly #absorbed: number

  constructor(rule: Partial<FoldRuleOptions> = {}, options: Partial<FoldEngineOptions> = {}) {
    this.#options = options
    this.rule = new FoldRule({
      owner: 'aggregate',
      labels: { remove: ['id'] },
      resourceAttributes: { remove: [] },
      gauge: 'sum',
      isOverflow: false,
      ...rule,
    })
    this.engine = this.makeEngine()
    this.#absorbed = this.outcomes.register({ kind: 'dropped', reason: 'aggregate', sentence: '' })
    this.#folder = new Folder(this.engine, this.outcomes)
  }

  makeEngine(): FoldEngine {
    return new FoldEngine({
      membersMax: 10_000,
      foldsMax: 100,
      bucketsMax: 100_000,
      idleAfterMs: IDLE_AFTER_MS,
      instance: 'gateway-1',
      nowMs: () => this.nowMs,
      ...this.#options,
    })
  }

  /** As a gateway that was started again. */
  use(engine: FoldEngine): void {
    this.engine = engine
    this.#folder = new Folder(engine, this.outcomes)
  }

  send(request: MetricsRequest, tenant = 'default'): Sent {
    return this.fold(scannedMetricsRequest(request, tenant))
  }

  fold(batch: Batch): Sent {
    const count = batch.records.count
    this.engine.begin(batch)
    for (let i = 0; i < count; i++) this.#folder.fold(batch, i, this.rule, this.#absorbed)
    this.engine.finish()
    const verdicts = [...batch.verdicts.subarray(0, count)].map((verdict) =>
      verdict === KEPT ? 'kept' : this.outcomes.get(verdict).reason,
    )
    const kept = materialisePoints(batch).filter(({ verdict }) => verdict === KEPT)
    return { verdicts, kept }
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (let i = 0; i < 20; i++) this.engine.sweep.advance()
  }
}

/** A request of one metric. `data` is `{ sum: { … } }` or its like. */
export function metricRequest(data: object, name = 'requests'): MetricsRequest {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name, ...data }] }] }] } as MetricsRequest
}

export function labels(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

export type CounterPoint = {
  readonly id: string
  readonly route?: string
  readonly startNs: bigint
  readonly timeNs: bigint
  readonly value: bigint | number
}

/** Cumulative monotonic sums. */
export function counterRequest(points: ReadonlyArray<CounterPoint>): MetricsRequest {
  const dataPoints = points.map(({ id, route = '/', startNs, timeNs, value }) => ({
    attributes: labels({ route, id }),
    startTimeUnixNano: String(startNs),
    timeUnixNano: String(timeNs),
    ...(typeof value === 'bigint' ? { asInt: String(value) } : { asDouble: value }),
  }))
  return metricRequest({ sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints } })
}

/** Times in milliseconds after the epoch of worlds. */
export function counterPoint(
  id: string,
  startMs: number,
  timeMs: number,
  value: bigint | number,
): CounterPoint {
  return { id, startNs: nsAt(startMs), timeNs: nsAt(timeMs), value }
}

/** Value and times of the one folded point. */
export function foldedCounter(
  world: FoldWorld,
  ...points: CounterPoint[]
): { value: bigint | number; startNs: bigint; timeNs: bigint } {
  const { kept } = world.send(counterRequest(points))
  expect(kept).toHaveLength(1)
  const { asDouble, asInt, startTimeUnixNano, timeUnixNano } = kept[0]!.point as unknown as {
    asInt?: bigint
    asDouble?: number
    startTimeUnixNano: bigint
    timeUnixNano: bigint
  }
  return { value: asInt ?? asDouble!, startNs: startTimeUnixNano, timeNs: timeUnixNano }
}

/** Nanoseconds of a time after the epoch of worlds. */
export function nsAt(ms: number): bigint {
  return BigInt(EPOCH_MS + ms) * MS
}
