import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type HeldRequest, holdRequest } from './support/held-request.ts'
import { metricsOf } from './support/metrics.ts'
import { requestOfBodies } from './support/records.ts'
import { openSenders, type Senders, TAKEN, TRANSPORTS } from './support/senders.ts'

/**
 * Scenario: more requests than may be in flight. Guarantees: those over the limit are refused at once, over both
 * transports, in the one form that makes every sender try again later (a status alone would make gRPC senders throw
 * their data away); a place that becomes free is given to the next.
 */

const LIMIT = 3
let gateway: TestGateway
let senders: Senders
const kept: string[] = []

beforeAll(async () => {
  gateway = await startTestGateway(`ingest: {inFlightRequestsMax: ${LIMIT}}\n`)
  senders = openSenders(gateway.urls)
})
afterAll(() => {
  senders.close()
  return gateway.stop()
})

const inFlight = async () => (await metricsOf(gateway.urls.api)).get('weir_requests_in_flight')

async function holdAll(prefix: string): Promise<HeldRequest[]> {
  const held: HeldRequest[] = []
  for (let i = 0; i < LIMIT; i++) {
    const body = `${prefix} ${i}`
    const transport = TRANSPORTS[i % TRANSPORTS.length]!
    held.push(holdRequest(transport, { http: gateway.urls.http, raw: senders.raw }, requestOfBodies([body])))
  }
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(LIMIT)
  return held
}

async function expectRefusals(): Promise<void> {
  for (const transport of TRANSPORTS) {
    const verdict = await senders.send(transport, requestOfBodies(['one too many']))
    expect(verdict.status).toBe(transport === 'grpc' ? 8 : 429)
    expect(verdict.message).toBe('3 requests are in flight (ingest.inFlightRequestsMax); send again later')
    expect(verdict.retryDelayMs).toBeGreaterThan(0)
    if (transport === 'http') expect(Number(verdict.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  }
}

async function expectRoom(prefix: string): Promise<void> {
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(0)
  for (const transport of TRANSPORTS) {
    const body = `${prefix}: ${transport}`
    const verdict = await senders.send(transport, requestOfBodies([body]))
    expect(verdict.status).toBe(TAKEN[transport])
    kept.push(body)
  }
}

describe('one request too many', () => {
  it('is refused until the others are answered', async () => {
    const held = await holdAll('slow')
    await expectRefusals()
    const verdicts = await Promise.all(held.map((request) => request.finish()))
    expect(verdicts.every(({ status }, i) => status === TAKEN[TRANSPORTS[i % 2]!])).toBe(true)
    kept.push(...held.map((_, i) => `slow ${i}`))
    await expectRoom('after answers')
  })

  it('is refused until the others have gone away', async () => {
    const held = await holdAll('gone')
    await expectRefusals()
    for (const request of held) request.breakOff()
    await expectRoom('after breaks')
  })

  it('what was refused is not stored, the rest once', async () => {
    const samples = await metricsOf(gateway.urls.api)
    for (const transport of TRANSPORTS)
      expect(
        samples.get(`weir_requests_total{signal="logs",transport="${transport}",outcome="overloaded"}`),
      ).toBe(2)
    expect(samples.get('weir_records_received_total{signal="logs"}')).toBe(kept.length)
    await gateway.readBack(async (database) => {
      const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs')
      expect(rows.map(({ Body }) => Body).sort()).toEqual(kept.sort())
    })
  })
})
