import { Batch } from '../../otlp/batch.ts'
import { NO_RECORDED_VALUE, POINT } from '../../otlp/slots.ts'

/**
 * The data point that is being folded. One, written again for each; its words are int32, so that nothing is boxed. A point
 * without a time has that of its receipt.
 */
export class Point {
  batch: Batch = NONE
  data: Uint32Array = NONE.records.data
  base = 0
  startLow = 0
  startHigh = 0
  timeLow = 0
  timeHigh = 0

  read(batch: Batch, record: number, nowLow: number, nowHigh: number): void {
    this.batch = batch
    this.data = batch.records.data
    this.base = record * POINT.stride
    this.startLow = this.data[this.base + POINT.startTimeLow]! | 0
    this.startHigh = this.data[this.base + POINT.startTimeHigh]! | 0
    this.timeLow = this.data[this.base + POINT.timeLow]! | 0
    this.timeHigh = this.data[this.base + POINT.timeHigh]! | 0
    if (this.timeLow !== 0 || this.timeHigh !== 0) return
    this.timeLow = nowLow
    this.timeHigh = nowHigh
  }

  get isStale(): boolean {
    return (this.data[this.base + POINT.flags]! & NO_RECORDED_VALUE) !== 0
  }

  /** Lets go of the batch. */
  close(): void {
    this.batch = NONE
    this.data = NONE.records.data
  }
}

const NONE = new Batch('metrics', 1)
