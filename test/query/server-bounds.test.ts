import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { json } from '../../src/query/route.ts'
import { DatabaseError } from '../../src/store/database.ts'
import { echo, tenantRoute } from './probe-route.ts'
import { startTestApi, type TestApi, type TestApiOptions } from './support.ts'

let api: TestApi | undefined
async function start(options: TestApiOptions): Promise<TestApi> {
  api = await startTestApi(options)
  return api
}
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

/** A promise and how to settle it: for a handler that waits until the test lets it go. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** A client that never closes its end: what it is sent, once the server has let the socket go. */
async function untilLetGo(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  socket.on('error', () => {})
  socket.write(sent)
  await once(socket, 'end')
  // A socket that is gone answers a byte with a reset; one that is kept half open swallows it.
  for (let tries = 0; !socket.destroyed && tries < 300; tries++) {
    socket.write('x')
    await delay(10)
  }
  const { destroyed } = socket
  socket.destroy()
  expect(destroyed, 'the server keeps a socket whose client it has answered').toBe(true)
  return text
}

describe('connections', () => {
  it('bytes that are no HTTP: the socket is given up though the client keeps it', async () => {
    const { port } = await start({ routes: [echo] })
    expect(await untilLetGo(port, 'no HTTP\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each([
    ['the headers', 'GET /probe HTTP/1.1\r\nhost: localhost\r\n'],
    ['the body', 'POST /probe HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nx'],
  ])('a client that never ends %s is given up', async (_name, sent) => {
    const { port } = await start({ routes: [echo], requestTimeoutMs: 200 })
    await untilLetGo(port, sent)
  })

  it('a body is not waited for: nothing takes one', async () => {
    const { port } = await start({ routes: [echo] })
    const outgoing = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/probe',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1_000_000 },
    })
    outgoing.on('error', () => {})
    outgoing.write('{')
    const [response] = await once(outgoing, 'response')
    expect(response.statusCode).toBe(405)
    outgoing.destroy()
  })
})

describe('bounds', () => {
  it('a tenant has its number of queries and hears when to come back', async () => {
    const { open, opened } = gate()
    let entered = 0
    const arrivals: Array<() => void> = []
    const routes = [
      tenantRoute(async () => {
        entered++
        arrivals.shift()?.()
        await opened
        return json({})
      }),
    ]
    const { get } = await start({ routes, query: { concurrentPerTenant: 2, concurrentMax: 10 } })
    const bothIn = new Promise<void>((resolve) => arrivals.push(() => {}, resolve))
    const running = [get('/probe'), get('/probe')]
    await bothIn
    const refused = await get('/probe')
    expect([refused.status, refused.headers['retry-after'], refused.json.error.code]).toEqual([
      429,
      '1',
      'too_many_queries',
    ])
    open()
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200])
    expect(entered).toBe(2)
    expect((await get('/probe')).status).toBe(200)
  })

  it('all tenants together have a bound too', async () => {
    const { open, opened } = gate()
    const arrived = gate()
    const routes = [
      tenantRoute(async () => {
        arrived.open()
        await opened
        return json({})
      }),
    ]
    const config = { tenancy: { ...defaultConfig().tenancy, mode: 'multi' as const } }
    const { get, logLines } = await start({
      routes,
      config,
      query: { concurrentPerTenant: 1, concurrentMax: 1 },
    })
    const running = get('/probe', { 'x-scope-orgid': 'a' })
    await arrived.opened
    const refused = await get('/probe', { 'x-scope-orgid': 'b' })
    expect([refused.status, refused.json.error.code]).toEqual([503, 'overloaded'])
    // Level 50 is error: who asks too often must not be able to fill the log.
    expect(logLines.filter((line) => line.includes('"level":50'))).toEqual([])
    open()
    await running
  })

  const untilAborted = tenantRoute(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DatabaseError('unknown', 0, 'cut')))
      }),
  )

  it('a request that takes too long is answered 504 and its work aborted', async () => {
    const { get } = await start({ routes: [untilAborted], query: { timeoutMs: 50 } })
    const answer = await get('/probe')
    expect([answer.status, answer.json.error.code]).toEqual([504, 'query_timeout'])
  })

  it('a client that leaves takes its work and its slot with it', async () => {
    const entered = gate()
    const aborted = gate()
    const left = gate()
    const routes = [
      tenantRoute(async ({ signal, query }) => {
        if (query.has('quick')) return json({})
        entered.open()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        aborted.open()
        await left.opened
        throw signal.reason
      }),
    ]
    const { port, get } = await start({ routes, query: { concurrentPerTenant: 1 } })
    const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/probe' })
    outgoing.on('error', () => {})
    outgoing.end()
    await entered.opened
    outgoing.destroy()
    await aborted.opened
    // The work has not ended yet: the slot is still taken.
    expect((await get('/probe?quick')).status).toBe(429)
    left.open()
    await new Promise(setImmediate)
    expect((await get('/probe?quick')).status).toBe(200)
  })

  it('stop lets running requests end, refuses new ones, and may be called twice', async () => {
    const { open, opened } = gate()
    const entered = gate()
    const routes = [
      tenantRoute(async () => {
        entered.open()
        await opened
        return json({ ended: true })
      }),
    ]
    const { get, stop } = await start({ routes })
    const running = get('/probe')
    await entered.opened
    const stopped = Promise.all([stop(), stop()])
    await expect(get('/probe')).rejects.toThrow('ECONNREFUSED')
    open()
    expect((await running).json).toEqual({ ended: true })
    await stopped
  })

  it('a request on a connection that outlives the stop hears of it in the shape of every error', async () => {
    const { open, opened } = gate()
    const entered = gate()
    const routes = [
      tenantRoute(async () => {
        entered.open()
        await opened
        return json({})
      }),
    ]
    const { port, stop, logLines } = await start({ routes })
    const socket = connect(port, '127.0.0.1')
    const request = (id: string) => `GET /probe HTTP/1.1\r\nhost: localhost\r\nx-request-id: ${id}\r\n\r\n`
    socket.write(request('r-1'))
    await entered.opened
    const stopped = stop()
    socket.write(request('r-2'))
    await vi.waitFor(() => expect(logLines.join()).toContain('"r-2"'))
    open()
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    const [first, second] = text.split(/(?=HTTP\/1\.1 \d)/)
    expect(first).toMatch(/^HTTP\/1\.1 200 /)
    expect(second).toMatch(/^HTTP\/1\.1 503 .*retry-after: 5.*"code":"unavailable".*"requestId":"r-2"/s)
    await stopped
  })

  it('stop aborts what outlasts its deadline', async () => {
    const entered = gate()
    const { get, stop } = await start({
      routes: [
        tenantRoute((request) => {
          entered.open()
          return untilAborted.handle(request)
        }),
      ],
    })
    const running = get('/probe')
    await entered.opened
    await stop(0)
    expect([(await running).status, (await running).json.error.code]).toEqual([503, 'unavailable'])
  })

  it('a stream is pulled as the client takes it, and ended when it leaves', async () => {
    const ended = gate()
    let pulled = 0
    async function* endless(): AsyncGenerator<string, void, undefined> {
      try {
        for (;;) {
          pulled++
          yield 'x'.repeat(65_536)
        }
      } finally {
        ended.open()
      }
    }
    const { port } = await start({
      routes: [tenantRoute(async () => ({ status: 200, contentType: 'text/plain', body: endless() }))],
    })
    const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/probe' })
    outgoing.end()
    const [response] = await once(outgoing, 'response')
    await once(response, 'readable')
    response.destroy()
    await ended.opened
    // Socket buffers of both sides, not more: 64 MiB would be 1,000.
    expect(pulled).toBeLessThan(1000)
  })

  it('a client that stands still loses its slot when its time is over', async () => {
    const ended = gate()
    async function* endless(): AsyncGenerator<string, void, undefined> {
      try {
        for (;;) yield 'x'.repeat(65_536)
      } finally {
        ended.open()
      }
    }
    const routes = [
      tenantRoute(async ({ query }) =>
        query.has('quick') ? json({}) : { status: 200, contentType: 'text/plain', body: endless() },
      ),
    ]
    const { port, get } = await start({ routes, query: { concurrentPerTenant: 1, timeoutMs: 50 } })
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /probe HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await ended.opened
    expect((await get('/probe?quick')).status).toBe(200)
    socket.destroy()
  })
})
