import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal, type RefusalKind } from '../../src/otlp/refusal.ts'
import { decodeMessage, encodeLogsRequest } from '../otlp/proto.ts'
import { type Body, frame, post, RawGrpc, type Told } from './support/clients.ts'
import { CALLER, type Receivers, startReceivers } from './support/receivers.ts'

/** Guarantees: what the handler answers reaches the sender in its transport's words; of a defect only an id does. */

const BODY = encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] })

let receivers: Receivers
let grpc: RawGrpc
let behave: () => Promise<{ rejected: number; message: string }>

const fine = async () => ({ rejected: 0, message: '' })

beforeAll(async () => {
  behave = fine
  receivers = await startReceivers({ handler: () => behave() })
  grpc = new RawGrpc(receivers.grpcPort)
})

afterAll(async () => {
  grpc.close()
  await receivers.stop()
})

describe('what the handler says', () => {
  async function askBoth(): Promise<{ overGrpc: Told; overHttp: Told }> {
    const overGrpc = await grpc.call({ bytes: frame(BODY) })
    const overHttp = await post(receivers.httpPort, BODY as Body)
    expect(receivers.intake.admission.requestsInFlight).toBe(0)
    expect(receivers.intake.admission.bytesInFlight).toBe(0)
    behave = fine
    return { overGrpc, overHttp }
  }

  const kinds: ReadonlyArray<readonly [RefusalKind, number, number, number | undefined, string | undefined]> =
    [
      ['malformed', 3, 400, undefined, undefined],
      ['too_large', 8, 413, undefined, undefined],
      ['unauthorized', 16, 401, undefined, undefined],
      ['forbidden', 7, 403, undefined, undefined],
      ['overloaded', 8, 429, 2500, '3'],
      ['unavailable', 14, 503, 2500, '3'],
    ]
  it.each(kinds)('%s', async (kind, grpcStatus, httpStatus, retryDelayMs, retryAfter) => {
    behave = async () => {
      throw new Refusal(kind, 'größer als 100 % of “it”', 2500)
    }
    const { overGrpc, overHttp } = await askBoth()
    expect(overGrpc).toMatchObject({ status: grpcStatus, message: 'größer als 100 % of “it”', retryDelayMs })
    expect(overHttp).toMatchObject({ status: httpStatus, message: 'größer als 100 % of “it”', retryDelayMs })
    expect(overHttp.headers['retry-after']).toBe(retryAfter)
  })

  it('a retryable refusal without a delay still carries one', async () => {
    behave = async () => {
      throw new Refusal('overloaded', 'full')
    }
    const { overGrpc, overHttp } = await askBoth()
    expect(overGrpc.retryDelayMs).toBe(1000)
    expect(overHttp.headers['retry-after']).toBe('1')
  })

  it.each([
    ['throws', () => Promise.reject(new TypeError('SELECT secret FROM host'))],
    [
      'throws on the spot',
      () => {
        throw new TypeError('SELECT secret FROM host')
      },
    ],
    ['throws what is no error', () => Promise.reject('SELECT secret FROM host')],
  ])('a defect that %s is logged under an id, and only the id is told', async (_name, defect) => {
    receivers.logged.length = 0
    behave = defect as typeof behave
    const { overGrpc, overHttp } = await askBoth()
    expect(receivers.logged.length).toBe(2)
    for (const [index, told] of [overGrpc, overHttp].entries()) {
      const { requestId } = receivers.logged[index] as { requestId: string }
      expect(told.message).toBe(
        `the gateway failed on this request; its log has the reason under request id ${requestId}`,
      )
      expect(told.retryDelayMs).toBeUndefined()
    }
    expect([overGrpc.status, overHttp.status]).toEqual([13, 500])
    expect(JSON.stringify([overGrpc, overHttp])).not.toContain('secret')
  })

  it('partial success', async () => {
    behave = async () => ({ rejected: 3, message: '3 records are too old' })
    const { overGrpc, overHttp } = await askBoth()
    for (const told of [overGrpc, overHttp])
      expect(decodeMessage('ExportLogsServiceResponse', told.body)).toEqual({
        partialSuccess: { rejectedLogRecords: 3n, errorMessage: '3 records are too old' },
      })
    expect([overGrpc.status, overHttp.status]).toEqual([0, 200])
    expect(receivers.ended.slice(-2).map(({ outcome }) => outcome)).toEqual(['partial', 'partial'])
  })

  it('passes on caller and tenant header', async () => {
    await grpc.call({ bytes: frame(BODY), headers: { 'x-scope-orgid': 'acme' } })
    await post(receivers.httpPort, BODY as Body, { 'X-Scope-OrgID': 'beta' })
    expect(receivers.requests.slice(-2)).toMatchObject([
      { signal: 'logs', transport: 'grpc', caller: CALLER, tenantHeader: 'acme' },
      { signal: 'logs', transport: 'http', caller: CALLER, tenantHeader: 'beta' },
    ])
  })
})
