import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { EXIT } from '../../src/cli/exit-code.ts'
import { startTestGateway } from '../support/gateway.ts'
import { Paper } from './support/paper.ts'

/** Scenario: `weir tail` at gateways that have no room, or are no longer there. Guarantees: it ends, and says why. */

const QUERY = '{app="shop"}'

let stop: (() => Promise<void>) | undefined
afterEach(async () => {
  await stop?.()
  stop = undefined
})

/** A gateway that accepts, and does what it is told with the connection. */
async function startStub(meets: (socket: WebSocket, nth: number) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  let connections = 0
  server.on('connection', (socket) => meets(socket, connections++))
  await once(server, 'listening')
  stop = async () => {
    for (const client of server.clients) client.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const hello = JSON.stringify({ type: 'hello', heartbeatMs: 60_000 })
const line = { timestamp: '2026-01-31T12:00:00Z', body: 'the last', lane: 'g', seq: '1' }
const lines = JSON.stringify({ type: 'lines', lines: [line] })
const heartbeat = JSON.stringify({ type: 'heartbeat', resume: 'token' })

describe('weir tail', () => {
  it('does not come back to a gateway that has no room for it', async () => {
    const gateway = await startTestGateway('tail: {viewersMax: 1, viewersPerTenant: 1}')
    stop = () => gateway.stop()
    const address = gateway.urls.api
    const first = new Paper()
    const open = first.tail(QUERY, { address })
    const viewers = async (): Promise<boolean> =>
      /weir_tail_viewers{front="native"} 1/.test(await (await fetch(`${address}/metrics`)).text())
    await expect.poll(viewers).toBe(true)
    const second = new Paper()
    expect(await second.tail(QUERY, { address })).toBe(EXIT.failed)
    expect(second.errors).toBe('1 live tails are open on this gateway: try again later (tail.viewersMax).\n')
    first.interrupted.abort()
    expect(await open).toBe(EXIT.interrupted)
    expect(first.errors).toBe('')
  })

  it('comes back where there is no room any more for who was in', async () => {
    const full = JSON.stringify({ type: 'end', code: 1013, reason: 'No room.' })
    const paper = new Paper()
    const address = await startStub((socket, nth) => {
      if (nth === 1 || nth === 2) socket.send(full, () => socket.close(1013, 'No room.'))
      else socket.send(hello, () => socket.send(heartbeat, () => nth === 0 && socket.close(1001, 'Gone.')))
    })
    const exit = paper.tail(QUERY, { address })
    await paper.until(() => paper.errors.includes('Connected'))
    paper.interrupted.abort()
    expect(await exit).toBe(EXIT.interrupted)
    // The same reason once.
    expect(paper.errors).toBe('-- Gone. Connects again.\n-- No room. Connects again.\n-- Connected again.\n')
  })

  it('ends at Ctrl-C, though the gateway no longer answers', async () => {
    const paper = new Paper()
    const address = await startStub((socket) => {
      // Not even a close.
      socket.pause()
      socket.send(lines)
    })
    const exit = paper.tail(QUERY, { address, output: 'raw' })
    await paper.until(() => paper.text === 'the last\n')
    paper.interrupted.abort()
    expect(await exit).toBe(EXIT.interrupted)
    expect(paper.errors).toBe('')
  })
})
