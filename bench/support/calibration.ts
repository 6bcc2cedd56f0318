import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from '../schema/clickhouse.ts'

/** What the machine gave in this very run, so that figures of other runs and machines can be set beside ours. */
export type Calibration = {
  /** One thread, 64 MiB at a time: beyond the caches. */
  readonly memoryCopyMBPerSecond: number
  /** Appends of 256 KiB, each made durable, in the directory that temporary files go to. */
  readonly fsyncMedianMs: number
  readonly fsyncP99Ms: number
}

const COPY_BYTES = 64 << 20
const COPIES = 9
const SYNC_BYTES = 256 << 10
const SYNCS = 100

export function calibrate(): Calibration {
  const syncs = syncMilliseconds()
  return {
    memoryCopyMBPerSecond: Math.round(copyMBPerSecond()),
    fsyncMedianMs: round(quantile(syncs, 0.5)),
    fsyncP99Ms: round(quantile(syncs, 0.99)),
  }
}

function copyMBPerSecond(): number {
  const from = Buffer.alloc(COPY_BYTES, 1)
  const to = Buffer.alloc(COPY_BYTES, 2)
  const took: number[] = []
  for (let i = 0; i < COPIES; i++) {
    const started = performance.now()
    from.copy(to)
    took.push(performance.now() - started)
  }
  return COPY_BYTES / 1e3 / quantile(took, 0.5)
}

function syncMilliseconds(): number[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-calibration-'))
  const file = openSync(join(directory, 'log'), 'w')
  const bytes = Buffer.alloc(SYNC_BYTES, 1)
  const took: number[] = []
  try {
    for (let i = 0; i < SYNCS; i++) {
      const started = performance.now()
      writeSync(file, bytes)
      fdatasyncSync(file)
      took.push(performance.now() - started)
    }
  } finally {
    closeSync(file)
    rmSync(directory, { recursive: true })
  }
  return took
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
