import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { EXPORT_LOGS, frame, RawGrpc } from '../ingest/support/clients.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import {
  type ReceivedSpan,
  startTraceReceiver,
  type TraceReceiver,
} from '../telemetry/support/trace-receiver.ts'
import { metricsOf, totalOf } from './support/metrics.ts'
import { numbered, requestOfBodies } from './support/records.ts'
import { openSenders, portOf, TAKEN, TRANSPORTS } from './support/senders.ts'

/** Own traces of a whole gateway, as an OTLP/gRPC receiver that shares nothing with Weir reads them. */

const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function startReceiver(...args: Parameters<typeof startTraceReceiver>): Promise<TraceReceiver> {
  const receiver = await startTraceReceiver(...args)
  undo.push(() => receiver.stop())
  return receiver
}

async function start(
  traces: string,
  options: Parameters<typeof startTestGateway>[1] = {},
): Promise<TestGateway> {
  const started = await startTestGateway(`telemetry: {traces: {${traces}, batchDelayMs: 600000}}\n`, options)
  undo.push(() => started.stop())
  return started
}

type Ids = { readonly traceId: string; readonly spanId: string }

function newParent(): Ids & { readonly headers: Record<string, string> } {
  const traceId = randomBytes(16).toString('hex')
  const spanId = randomBytes(8).toString('hex')
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } }
}
/** Of requests that the test itself makes to look. */
const UNTRACED = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00` }

const idsOf = ({ traceId, spanId }: ReceivedSpan): Ids => ({ traceId, spanId })

/** Waits until as many spans named so have been exported. */
async function exported(gateway: TestGateway, receiver: TraceReceiver, name: string, count: number) {
  await expect
    .poll(
      async () => {
        await gateway.gateway.flushTraces()
        return receiver.named(name).length
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThanOrEqual(count)
  return receiver.named(name)
}

/** What one traced request leaves, in its trace, its commit and the inserts of its rows. */
const OF_ONE_REQUEST = [
  'INSERT ledger',
  'INSERT logs',
  'POST /v1/logs',
  'commit',
  'rules',
  'scan',
  'wait for commit',
]
const namesOf = ({ spans }: TraceReceiver): string[] => spans.map(({ name }) => name).sort()

describe('a traced sender', () => {
  test('finds its requests, their commit and their insert', async () => {
    const receiver = await startReceiver()
    const gateway = await start(`endpoint: "${receiver.url}", sampleRatio: 0`)
    const senders = openSenders(gateway.urls)
    undo.push(() => senders.close())
    const requests = []
    for (const transport of TRANSPORTS) {
      const parent = newParent()
      const body = requestOfBodies(numbered(transport, 3))
      expect((await senders.send(transport, body, parent)).status).toBe(TAKEN[transport])
      // Beside it one that nobody traces.
      await senders.send(transport, requestOfBodies(numbered('untraced', 3)))
      const name = transport === 'http' ? 'POST /v1/logs' : EXPORT_LOGS.slice(1)
      const [request] = await exported(gateway, receiver, name, 1)
      expect(request).toMatchObject({
        traceId: parent.traceId,
        parentSpanId: parent.spanId,
        kind: 2,
        status: 0,
      })
      expect(request!.attributes).toMatchObject({
        'weir.records': 3,
        'weir.request.bytes': body.length,
        'weir.outcome': 'ok',
      })
      const children = receiver.spans.filter(({ parentSpanId }) => parentSpanId === request!.spanId)
      expect(children.map(({ name }) => name)).toEqual(['scan', 'rules', 'wait for commit'])
      requests.push(request!)
    }

    const commits = await exported(gateway, receiver, 'commit', 2)
    expect(commits.map(({ links }) => links)).toEqual(requests.map((request) => [idsOf(request)]))
    for (const commit of commits) {
      expect(commit.parentSpanId).toBe('')
      expect(commit.attributes['weir.commit.requests']).toBe(1)
    }
    const linked = (): Ids[] => receiver.named('INSERT logs').flatMap(({ links }) => links)
    await expect
      .poll(
        async () => {
          await gateway.gateway.flushTraces()
          return linked()
        },
        { timeout: 20_000 },
      )
      .toEqual(commits.map(idsOf))
    for (const insert of receiver.named('INSERT logs')) {
      expect(insert).toMatchObject({ kind: 3, parentSpanId: '', status: 0 })
      expect(insert.attributes).toMatchObject({
        'db.system.name': 'clickhouse',
        'db.namespace': 'weir',
        'db.collection.name': 'logs',
        'db.operation.name': 'INSERT',
        'weir.insert.attempts': 1,
      })
      expect(Number(insert.attributes['weir.insert.rows'])).toBeGreaterThanOrEqual(3)
    }
    // Four requests, two of them traced: nothing else has left a span.
    const others = receiver.spans.filter(({ name }) => !name.startsWith('INSERT '))
    expect(others).toHaveLength(2 * 4 + 2)
  })

  test('finds its query and the statements it made', async () => {
    const receiver = await startReceiver()
    const gateway = await start(`endpoint: "${receiver.url}", sampleRatio: 0`)
    const senders = openSenders(gateway.urls)
    undo.push(() => senders.close())
    await senders.send('http', requestOfBodies(numbered('found', 3)))
    const ask = async (parent: ReturnType<typeof newParent>, query = ''): Promise<number> => {
      const response = await fetch(`${gateway.urls.api}/api/v1/logs${query}`, { headers: parent.headers })
      await response.text()
      return response.status
    }
    const parent = newParent()
    expect(await ask(parent)).toBe(200)
    const [request] = await exported(gateway, receiver, 'GET /api/v1/logs', 1)
    expect(request).toMatchObject({
      traceId: parent.traceId,
      parentSpanId: parent.spanId,
      kind: 2,
      status: 0,
      attributes: { 'http.route': '/api/v1/logs', 'http.response.status_code': 200 },
    })
    const statements = receiver.named('SELECT weir')
    expect(statements.length).toBeGreaterThan(0)
    for (const { parentSpanId, kind, attributes } of statements) {
      expect({ parentSpanId, kind }).toEqual({ parentSpanId: request!.spanId, kind: 3 })
      expect(attributes).toMatchObject({ 'db.system.name': 'clickhouse', 'db.operation.name': 'SELECT' })
      expect(attributes['weir.query.id']).toContain(request!.attributes['weir.request.id'])
    }

    expect(await ask(newParent(), '?limit=many')).toBe(400)
    const [, wrong] = await exported(gateway, receiver, 'GET /api/v1/logs', 2)
    expect(wrong).toMatchObject({ status: 0, attributes: { 'http.response.status_code': 400 } })
    // Probes are not worth a span.
    await fetch(`${gateway.urls.api}/healthz`, { headers: newParent().headers })
    await gateway.gateway.flushTraces()
    expect(receiver.spans).toHaveLength(2 + statements.length)
  })
})

test('what ended before a stop is exported by it', async () => {
  const receiver = await startReceiver()
  const gateway = await start(`endpoint: "${receiver.url}", sampleRatio: 1, headers: {x-key: "s3cret"}`)
  const senders = openSenders(gateway.urls)
  await senders.send('http', requestOfBodies(numbered('last', 3)))
  senders.close()
  expect(receiver.exports).toEqual([])
  await gateway.gateway.stop()
  // The insert of the drain too.
  expect(namesOf(receiver)).toEqual(OF_ONE_REQUEST)
  expect(receiver.exports[0]!.metadata.get('x-key')).toEqual(['s3cret'])
})

/**
 * The receiver sends each export back as a request of its own, as a gateway that exports to itself does; then the only
 * thing that ends the traffic is that the gateway knows its own spans again.
 */
describe('exports that come back', () => {
  async function run(marks: (received: { readonly own: string }) => Record<string, string>) {
    let back: RawGrpc | undefined
    let sent = 0
    const receiver = await startReceiver(async ({ metadata }) => {
      const own = String(metadata.get('weir-own-export')[0])
      sent++
      const told = await back!.call({
        path: EXPORT_LOGS,
        headers: marks({ own }),
        bytes: frame(requestOfBodies([`export ${sent}`])),
      })
      if (told.status !== 0) throw new Error(told.message)
    })
    const gateway = await start(`endpoint: "${receiver.url}", sampleRatio: 1`)
    back = new RawGrpc(portOf(`http://${gateway.urls.grpc}`))
    undo.push(() => back?.close())
    const senders = openSenders(gateway.urls)
    undo.push(() => senders.close())
    await senders.send('http', requestOfBodies(['the only one']))
    await exported(gateway, receiver, 'INSERT logs', 1)
    await exported(gateway, receiver, 'INSERT ledger', 1)
    return { receiver, gateway, sent: () => sent }
  }

  test('leave no span: not of the request, nor of its commit and insert', async () => {
    const { receiver, gateway, sent } = await run(({ own }) => ({ 'weir-own-export': own }))
    // Everything that came back is in ClickHouse: all that could be traced has happened.
    const inserted = async (): Promise<boolean> => {
      const samples = await metricsOf(gateway.urls.api, UNTRACED)
      return samples.get('weir_inserter_rows_total{table="logs"}') === sent() + 1
    }
    await expect.poll(inserted, { timeout: 20_000 }).toBe(true)
    await gateway.gateway.flushTraces()
    const seen = { spans: receiver.spans.length, exports: receiver.exports.length, sent: sent() }
    await gateway.gateway.flushTraces()
    await gateway.gateway.flushTraces()
    expect({ spans: receiver.spans.length, exports: receiver.exports.length, sent: sent() }).toEqual(seen)
    expect(seen.sent).toBeGreaterThan(0)
    // Nor of an insert that came later.
    await gateway.gateway.stop()
    expect(namesOf(receiver)).toEqual(OF_ONE_REQUEST)
  })

  test('with the mark of another process feed themselves: the test above can fail', async () => {
    const { receiver, gateway } = await run(() => ({ 'weir-own-export': 'f'.repeat(32) }))
    for (let i = 0; i < 3; i++) {
      const before = receiver.exports.length
      await gateway.gateway.flushTraces()
      expect(receiver.exports.length).toBeGreaterThan(before)
    }
  })
})

test('a receiver that is away costs a bounded queue and one line, and no sender notices', async () => {
  // A port that nobody listens on.
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  const lines: Array<{ msg: string; lost?: number }> = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const gateway = await start(
    `endpoint: "http://127.0.0.1:${port}", sampleRatio: 1, queueSpansMax: 10, batchSpansMax: 10`,
    { logger },
  )
  const senders = openSenders(gateway.urls)
  undo.push(() => senders.close())
  for (let round = 0; round < 3; round++) {
    const sending = numbered(`round ${round}`, 20).map((body) =>
      senders.send('http', requestOfBodies([body])),
    )
    for (const { status } of await Promise.all(sending)) expect(status).toBe(TAKEN.http)
    await gateway.gateway.flushTraces()
  }
  const lost = async (): Promise<number> => {
    await gateway.gateway.flushTraces()
    return totalOf(await metricsOf(gateway.urls.api, UNTRACED), 'weir_own_spans_total')
  }
  // Each request makes four, and none is forgotten.
  await expect.poll(lost, { timeout: 20_000 }).toBeGreaterThanOrEqual(3 * 20 * 4)
  const samples = await metricsOf(gateway.urls.api, UNTRACED)
  expect(samples.get('weir_own_spans_total{outcome="failed"}')).toBeGreaterThan(0)
  expect(samples.get('weir_own_spans_total{outcome="exported"}')).toBeUndefined()
  expect(lines.filter(({ msg }) => msg.startsWith('own spans could not be exported'))).toHaveLength(1)
})

test('a receiver that never answers does not hold a stop up', async () => {
  const heard = Promise.withResolvers<void>()
  const receiver = await startReceiver(() => {
    heard.resolve()
    return new Promise(() => {})
  })
  const gateway = await start(`endpoint: "${receiver.url}", sampleRatio: 1`)
  const senders = openSenders(gateway.urls)
  await senders.send('http', requestOfBodies(['unheard']))
  senders.close()
  await gateway.gateway.stop()
  // It was asked, and not waited for: it has not answered to this moment.
  await heard.promise
})

describe('a gateway that exports to itself', () => {
  const SELF = 'telemetry: {traces: {endpoint: self, sampleRatio: 1, batchDelayMs: 600000}}\n'
  const pem = (name: string): string =>
    readFileSync(new URL(`../ingest/fixtures/${name}`, import.meta.url), 'utf8').trimEnd()
  const block = (name: string): string => pem(name).replace(/^/gm, '      ')
  const TLS = `ingest:\n  tls:\n    cert: |\n${block('server.pem')}\n    key: |\n${block('server.key')}\n`

  /** What came in as spans, and what went out. */
  async function traffic(gateway: TestGateway) {
    await gateway.gateway.flushTraces()
    const samples = await metricsOf(gateway.urls.api, UNTRACED)
    return {
      exports: samples.get('weir_requests_total{signal="traces",transport="grpc",outcome="ok"}') ?? 0,
      spans: samples.get('weir_own_spans_total{outcome="exported"}') ?? 0,
      stored: samples.get('weir_records_stored_total{signal="traces"}') ?? 0,
      inserted: samples.get('weir_inserter_rows_total{table="spans"}') ?? 0,
    }
  }

  test('stores the spans of one request, and none of taking them', async () => {
    const gateway = await startTestGateway(SELF)
    let isStopped = false
    undo.push(() => isStopped || gateway.stop())
    const senders = openSenders(gateway.urls)
    await senders.send('http', requestOfBodies(['the only one']))
    senders.close()
    const count = OF_ONE_REQUEST.length
    // All of them, through the whole way into ClickHouse: what their own way could leave has ended.
    await expect
      .poll(() => traffic(gateway), { timeout: 20_000 })
      .toMatchObject({ spans: count, stored: count, inserted: count })
    const seen = await traffic(gateway)
    expect(await traffic(gateway)).toEqual(seen)
    expect(await traffic(gateway)).toEqual(seen)
    isStopped = true
    const rows = await gateway.readBack((database) =>
      database.rows<{ SpanName: string; ServiceName: string }>(
        'SELECT SpanName, ServiceName FROM otel_traces ORDER BY SpanName',
      ),
    )
    expect(rows).toEqual(OF_ONE_REQUEST.map((SpanName) => ({ SpanName, ServiceName: 'weir' })))
  })

  test('does so over TLS, with a certificate for another name', async () => {
    const gateway = await startTestGateway(`${TLS}${SELF}`)
    undo.push(() => gateway.stop())
    // A query is traced, and needs no certificate.
    const response = await fetch(`${gateway.urls.api}/api/v1/logs`)
    expect(response.status).toBe(200)
    await response.text()
    await expect.poll(async () => (await traffic(gateway)).exports, { timeout: 20_000 }).toBeGreaterThan(0)
  })
})
