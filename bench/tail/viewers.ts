/**
 * Viewers as a process of their own: `viewers.ts <ws-url> <viewers> <queries> <query>`; in the query `#` is the number of one of
 * `queries`. Tells its parent when all are there, and counts.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { quantile } from '../schema/clickhouse.ts'

export type ViewerCount = {
  readonly lines: number
  readonly dropped: number
  readonly gaps: number
  /** From when a line was written, where it says so. */
  readonly p50Ms: number
  readonly p99Ms: number
}

type Frame = { readonly type: string; readonly lines?: number | ReadonlyArray<{ readonly body: string }> }

const [url = '', viewers = '0', queries = '1', template = ''] = process.argv.slice(2)
const AT_ONCE = 50
const TOOK_MAX = 1_000_000

let lines = 0
let dropped = 0
let gaps = 0
let tookMs: number[] = []
const sockets: WebSocket[] = []

function take(frame: Frame): void {
  if (frame.type === 'drop') dropped += frame.lines as number
  else if (frame.type === 'gap') gaps++
  else if (frame.type === 'lines') {
    const now = performance.timeOrigin + performance.now()
    for (const { body } of frame.lines as ReadonlyArray<{ readonly body: string }>) {
      lines++
      const at = /"at":([0-9.]+)/.exec(body)?.[1]
      if (at !== undefined && tookMs.length < TOOK_MAX) tookMs.push(now - Number(at))
    }
  }
}

/** Resolves when the viewer has its place: live lines are its from there on. */
function open(i: number): Promise<void> {
  const query = template.replaceAll('#', String(i % Number(queries)))
  const socket = new WebSocket(`${url}?query=${encodeURIComponent(query)}`)
  sockets.push(socket)
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'heartbeat') resolve()
      else take(frame)
    })
  })
}

function count(): ViewerCount {
  const rounded = (share: number): number =>
    tookMs.length === 0 ? 0 : Math.round(quantile(tookMs, share) * 100) / 100
  const counted = { lines, dropped, gaps, p50Ms: rounded(0.5), p99Ms: rounded(0.99) }
  lines = dropped = gaps = 0
  tookMs = []
  return counted
}

for (let i = 0; i < Number(viewers); i += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, Number(viewers) - i) }, (_, j) => open(i + j)))
process.on('message', (asked) => {
  if (asked === 'count') process.send!(count())
  if (asked === 'lines') process.send!(lines)
  if (asked === 'pause') for (const socket of sockets) socket.pause()
  if (asked !== 'end') return
  for (const socket of sockets) socket.terminate()
  process.disconnect()
})
process.send!('ready')
await once(process, 'disconnect')
