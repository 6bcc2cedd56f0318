import { SHARDS } from '../../src/processors/cardinality-limit/series-slots.ts'
import { SeriesTable } from '../../src/processors/cardinality-limit/series-table.ts'

/**
 * What counting series costs per data point and per series: `node bench/micro/cardinality.bench.ts`. Series are met in
 * random order, so that nearly every look-up waits for memory.
 */

const METRICS = 1000
const SERIES_MAX = 10_000_000
const REQUEST_POINTS = 1000

let state = 0x12345678
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return Math.imul(state, 0x9e3779b1)
}

/** Fingerprints and metric numbers, three words each. */
const series = new Int32Array(3 * SERIES_MAX)
for (let at = 0; at < series.length; at += 3) {
  series[at] = random()
  series[at + 1] = random()
  series[at + 2] = 1 + ((random() >>> 0) % METRICS)
}

const table = new SeriesTable({ seriesMax: SERIES_MAX })
const rssBefore = process.memoryUsage.rss()
let count = 0
let longestMs = 0

/** Adds series in requests of a thousand points, and notes the longest of them. */
function grow(to: number): number {
  const before = process.cpuUsage()
  const from = count
  while (count < to) {
    const start = process.cpuUsage()
    for (let i = 0; i < REQUEST_POINTS; i++, count++) {
      const at = 3 * count
      const metric = series[at + 2]!
      if (table.touch(series[at]!, series[at + 1]!, metric) === 0)
        table.admit(series[at]!, series[at + 1]!, metric, 0)
    }
    longestMs = Math.max(longestMs, cpuNs(start) / 1e6)
  }
  return cpuNs(before) / (to - from)
}

function cpuNs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) * 1000
}

/** Shuffles the first `length` series. */
function shuffle(length: number): void {
  for (let i = length - 1; i > 0; i--) {
    const j = (random() >>> 0) % (i + 1)
    for (let word = 0; word < 3; word++) {
      const kept = series[3 * i + word]!
      series[3 * i + word] = series[3 * j + word]!
      series[3 * j + word] = kept
    }
  }
}

/** CPU time of a known point, the median of five rounds. */
function knownNs(): number {
  const points = Math.min(count, 1_000_000)
  shuffle(count)
  const rounds = Array.from({ length: 6 }, () => {
    const before = process.cpuUsage()
    let known = 0
    for (let at = 0; at < 3 * points; at += 3)
      if (table.touch(series[at]!, series[at + 1]!, series[at + 2]!) !== 0) known++
    if (known !== points) throw new Error(`${points - known} series are lost`)
    return cpuNs(before) / points
  })
  return rounds.slice(1).sort((a, b) => a - b)[2]!
}

function report(): void {
  const newNs = count === 0 ? 0 : lastNewNs
  const rss = process.memoryUsage.rss() - rssBefore
  console.log(
    `${String(count).padStart(9)} series: known point ${knownNs().toFixed(0)} ns, new series ${newNs.toFixed(0)} ns, ` +
      `${(table.byteLength / count).toFixed(1)} B/series in arrays, RSS +${(rss / 2 ** 20).toFixed(0)} MiB, ` +
      `longest ${REQUEST_POINTS} new ${longestMs.toFixed(1)} ms`,
  )
  longestMs = 0
}

let lastNewNs = 0
console.log(`Node ${process.version}; CPU time; ${METRICS} metrics`)
for (const to of [10_000, 100_000, 1_000_000, SERIES_MAX]) {
  lastNewNs = grow(to)
  report()
}

/** All sweeps after a rotation: in total and the longest. */
function sweepAll(): string {
  let longest = 0
  const start = process.cpuUsage()
  for (let shard = 0; shard < SHARDS; shard++) {
    const before = process.cpuUsage()
    table.sweep()
    longest = Math.max(longest, cpuNs(before) / 1e6)
  }
  return `sweep ${(cpuNs(start) / 1e6).toFixed(0)} ms in ${SHARDS} steps, longest ${longest.toFixed(2)} ms`
}

for (const forgets of ['nothing', 'all']) {
  const start = performance.now()
  table.rotate()
  console.log(`rotation ${(performance.now() - start).toFixed(2)} ms, forgets ${forgets}: ${sweepAll()}`)
}
console.log(`active after two rotations: ${table.active}`)
