import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Calibration } from './calibration.ts'

const DIRECTORY = new URL('../results/', import.meta.url)
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** Where a figure comes from: without it, it says nothing. */
export type Origin = {
  readonly date: string
  /** The commit that was measured; `+` after it where files of the checkout differed from it. */
  readonly commit: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** One-minute load average at the start: what else ran. */
  readonly loadAverage: number
  readonly command: string
  readonly calibration: Calibration
}

/** To be called before the measurement, for the load average. */
export function origin(calibration: Calibration): Origin {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    loadAverage: Math.round(loadavg()[0]! * 100) / 100,
    command: ['node', ...process.argv.slice(1).map((part) => part.replace(REPOSITORY, ''))].join(' '),
    calibration,
  }
}

/** Appends a run to `bench/results/<name>.json`: an array, one run a line, oldest first. */
export function appendResult(name: string, run: Origin & Readonly<Record<string, unknown>>): void {
  const file = new URL(`${name}.json`, DIRECTORY)
  const history = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown[]) : []
  const lines = [...history, run].map((entry) => JSON.stringify(entry))
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`)
}

export function describeOrigin({ commit: at, node, cpu, cores, loadAverage, calibration }: Origin): string {
  const { memoryCopyMBPerSecond, fsyncMedianMs, fsyncP99Ms } = calibration
  return `commit ${at}, Node ${node}, ${cores} x ${cpu}, load average ${loadAverage}; this run: memory copy ${memoryCopyMBPerSecond} MB/s, fsync median ${fsyncMedianMs} ms, p99 ${fsyncP99Ms} ms`
}

function commit(): string {
  try {
    const head = git('rev-parse', '--short=12', 'HEAD')
    return git('status', '--porcelain', '--', 'src', 'bench', 'package.json') === '' ? head : `${head}+`
  } catch {
    return 'unknown'
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
