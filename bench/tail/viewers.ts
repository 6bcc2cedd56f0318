/** Viewers as a process of their own: `viewers.ts <ws-url> <viewers> <queries>`. Tells its parent when all are there, and counts. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

const [url = '', viewers = '0', queries = '1'] = process.argv.slice(2)
const AT_ONCE = 50

let lines = 0
let dropped = 0
const sockets: WebSocket[] = []

function open(i: number): Promise<unknown> {
  const query = `{service_name="shop-${i % Number(queries)}"}`
  const socket = new WebSocket(`${url}?query=${encodeURIComponent(query)}`)
  sockets.push(socket)
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as { type: string; lines?: number | unknown[] }
    if (frame.type === 'lines') lines += (frame.lines as unknown[]).length
    else if (frame.type === 'drop') dropped += frame.lines as number
  })
  return once(socket, 'message')
}

for (let i = 0; i < Number(viewers); i += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, Number(viewers) - i) }, (_, j) => open(i + j)))
process.send!('ready')
process.on('message', (asked) => {
  if (asked === 'count') process.send!({ lines, dropped })
  if (asked === 'end') {
    for (const socket of sockets) socket.terminate()
    process.disconnect()
  }
})
