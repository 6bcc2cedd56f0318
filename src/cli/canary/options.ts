import { hostname } from 'node:os'
import { type Door, doorOf } from '../door.ts'
import { wrong } from '../exit-code.ts'
import { durationNs } from '../since.ts'
import { NS_PER_MS } from './clock.ts'
import { SIDES, type Side } from './ledger/run-ledger.ts'
import { isName, MARK } from './ledger/stamp.ts'
import { newRun, type WriterOptions } from './write/writer.ts'

/** As commander reads them, of `weir canary write`. */
export type WriteFlags = {
  readonly otlp?: string
  readonly file?: string
  readonly writer?: string
  readonly rate: string
  readonly bytes: string
  readonly burst: string
  readonly burstEvery: string
  readonly longEvery: string
  readonly longBytes: string
  readonly duration?: string
  readonly forLines?: string
  readonly token?: string
}

/** ... of `weir canary read`. */
export type ReadFlags = {
  readonly address: string
  readonly token?: string
  readonly tenant?: string
  readonly query?: string
  readonly since?: string
  readonly side: string
  readonly history: string
  readonly settle: string
  readonly slack: string
  readonly poll: string
  readonly metricsPort?: string
  readonly metricsHost: string
  readonly output: string
  readonly duration?: string
  readonly forLines?: string
}

export const HISTORIES = ['native', 'loki'] as const
export const OUTPUTS = ['text', 'json'] as const
export const SIDE_CHOICES = ['both', ...SIDES] as const
export const QUERY = `{app="${MARK}"} |= "${MARK} run="`

export type ReadOptions = {
  readonly door: Door
  readonly query: string
  /** How far back lines are read and expected. */
  readonly sinceNs: bigint | undefined
  readonly sides: ReadonlyArray<Side>
  readonly history: (typeof HISTORIES)[number]
  readonly settleMs: number
  readonly slackNs: bigint
  readonly pollMs: number
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  readonly isJson: boolean
  readonly durationMs: number
  readonly linesMax: number
}

/** What timers can wait. */
const MS_MAX = 2 ** 31 - 1
const LINES_MAX = 1e12

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw wrong(`${option} ${text} is out of range: expected a number from ${least} to ${most}.`)
}

function wholeNumberOf(option: string, text: string, least: number, most: number): number {
  const value = numberOf(option, text, least, most)
  if (Number.isInteger(value)) return value
  throw wrong(`${option} ${text} is no whole number.`)
}

function msOf(option: string, text: string): number {
  const ms = Number(durationNs(option, text) / NS_PER_MS)
  if (ms >= 1 && ms <= MS_MAX) return ms
  throw wrong(`${option} ${text} is out of range: expected 1ms to 24d.`)
}

const endOf = ({ duration, forLines }: { readonly duration?: string; readonly forLines?: string }) => ({
  durationMs: duration === undefined ? Number.POSITIVE_INFINITY : msOf('--duration', duration),
  linesMax:
    forLines === undefined ? Number.POSITIVE_INFINITY : wholeNumberOf('--for-lines', forLines, 1, LINES_MAX),
})

/** Throws `CommandError`. */
export function writerOptionsOf(flags: WriteFlags): WriterOptions {
  const writer = flags.writer ?? hostname().slice(0, 64)
  if (!isName(writer))
    throw wrong(
      `--writer ${writer} is no name: expected up to 64 letters, digits, dots, dashes and underscores.`,
    )
  const burstLines = wholeNumberOf('--burst', flags.burst, 0, 1e6)
  const everyLines = wholeNumberOf('--long-every', flags.longEvery, 0, LINES_MAX)
  const longBytes = wholeNumberOf('--long-bytes', flags.longBytes, 0, 1024 * 1024)
  return {
    run: newRun(),
    writer,
    linesPerSecond: numberOf('--rate', flags.rate, 0.001, 1e5),
    burst:
      burstLines === 0 ? undefined : { lines: burstLines, everyMs: msOf('--burst-every', flags.burstEvery) },
    long: everyLines === 0 ? undefined : { bytes: longBytes, everyLines },
    bytes: wholeNumberOf('--bytes', flags.bytes, 0, 1024 * 1024),
    ...endOf(flags),
  }
}

/** Throws `CommandError`. */
export function readOptionsOf(flags: ReadFlags): ReadOptions {
  const { query = QUERY, since, side, history, metricsPort, metricsHost, output } = flags
  return {
    door: doorOf(flags),
    query,
    sinceNs: since === undefined ? undefined : durationNs('--since', since),
    sides: SIDES.filter((name) => side === 'both' || side === name),
    history: HISTORIES.find((name) => name === history)!,
    settleMs: msOf('--settle', flags.settle),
    slackNs: durationNs('--slack', flags.slack),
    pollMs: msOf('--poll', flags.poll),
    metrics:
      metricsPort === undefined
        ? undefined
        : { host: metricsHost, port: wholeNumberOf('--metrics-port', metricsPort, 0, 65_535) },
    isJson: output === 'json',
    ...endOf(flags),
  }
}
