import { setTimeout as delay } from 'node:timers/promises'
import type { Backoff } from '../tail/session.ts'
import { NS_PER_MS, nowNs } from './clock.ts'
import { Ledger } from './ledger/ledger.ts'
import type { Report } from './ledger/report.ts'
import { createCanaryMetrics, serveMetrics } from './metrics.ts'
import type { ReadOptions } from './options.ts'
import { nativeHistory } from './read/history.ts'
import { readLive } from './read/live.ts'
import { lokiHistory } from './read/loki-history.ts'
import { StoredReader } from './read/stored.ts'

export type ReadingContext = {
  readonly note: (text: string) => void
  /** Ends the reading; it is reported all the same. */
  readonly signal: AbortSignal
  readonly backoffMs?: Backoff | undefined
  /** Told where the metrics are, once they are. */
  readonly onMetrics?: (port: number) => void
}

export type Reading = {
  readonly report: Report
  /** False: the stored lines could not be read in the end. */
  readonly isWhole: boolean
}

const LOOK_MS = 100

/** Reads both sides into a ledger while `work` goes on, then until nothing is missing, or the time to settle has passed. */
export async function readWhile(
  options: ReadOptions,
  context: ReadingContext,
  work: (ledger: Ledger, signal: AbortSignal) => Promise<void>,
): Promise<Reading> {
  const { sides, settleMs, slackNs, metrics: place } = options
  const { signal, onMetrics } = context
  const settleNs = BigInt(settleMs) * NS_PER_MS
  const metrics = createCanaryMetrics()
  const onLatency = (side: string, ms: number): void => metrics.latency.observe(ms / 1000, side)
  const ledger = new Ledger({ sides, slackNs, onLatency })
  const door = place && (await serveMetrics(metrics, ledger, { ...place, settleNs }))
  if (door !== undefined) onMetrics?.(door.port)
  const stop = new AbortController()
  try {
    const readers = await startReaders(options, context, ledger, stop.signal)
    const isDone = async (): Promise<boolean> => {
      await work(ledger, AbortSignal.any([signal, stop.signal]))
      if (!signal.aborted) await settled(ledger, options, AbortSignal.any([signal, stop.signal]))
      return true
    }
    await Promise.race([isDone(), readers.broken])
    const isWhole =
      signal.aborted || readers.stored === undefined || (await readers.stored.readAll(stop.signal))
    return { report: signal.aborted ? ledger.report(nowNs() - settleNs) : ledger.report(), isWhole }
  } finally {
    stop.abort()
    await door?.close()
  }
}

type Readers = {
  readonly stored: StoredReader | undefined
  /** Rejects if one of them can't go on; resolves when they are stopped. */
  readonly broken: Promise<unknown>
}

/** Resolves when all is read from now on. */
async function startReaders(
  options: ReadOptions,
  { note, signal, backoffMs }: ReadingContext,
  ledger: Ledger,
  stopped: AbortSignal,
): Promise<Readers> {
  const { door, query, sinceNs, sides, history, pollMs, settleMs } = options
  const startNs = sinceNs === undefined ? undefined : nowNs() - sinceNs
  if (startNs !== undefined) ledger.ready(startNs)
  const running: Promise<void>[] = []
  if (sides.includes('live')) {
    const ready = Promise.withResolvers<void>()
    const live = readLive({ door, query, startNs, ledger, note, ready: ready.resolve, backoffMs }, stopped)
    live.catch(() => undefined)
    running.push(live)
    const interrupted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => interrupted.resolve(), { once: true })
    await Promise.race([ready.promise, live, interrupted.promise])
  }
  const readyNs = startNs ?? nowNs()
  ledger.ready(readyNs)
  if (!sides.includes('stored')) return { stored: undefined, broken: Promise.all(running) }
  const read = (history === 'loki' ? lokiHistory : nativeHistory)(door, query)
  const stored = new StoredReader({ history: read, ledger, note, readyNs, pollMs, windowMs: settleMs })
  running.push(stored.poll(stopped))
  const broken = Promise.all(running)
  broken.catch(() => undefined)
  return { stored, broken }
}

/** Resolves when no side misses anything, at the latest after the time to settle. */
async function settled(ledger: Ledger, { sides, settleMs }: ReadOptions, signal: AbortSignal): Promise<void> {
  const endsMs = Date.now() + settleMs
  while (Date.now() < endsMs && !signal.aborted) {
    if (sides.every((side) => ledger.oldestHoleNs(side) === undefined)) return
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** Resolves when so many lines were read, the time has passed, or the signal aborts. */
export async function waitFor(
  ledger: Ledger,
  { sides, durationMs, linesMax }: ReadOptions,
  signal: AbortSignal,
): Promise<void> {
  const side = sides[0]!
  const endsMs = Date.now() + durationMs
  while (Date.now() < endsMs && !signal.aborted) {
    if (linesMax !== Number.POSITIVE_INFINITY && ledger.linesOf(side) >= linesMax) return
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
