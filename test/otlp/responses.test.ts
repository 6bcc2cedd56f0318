import { describe, expect, it } from 'vitest'
import { encodeExportResponse, encodeStatus, StatusCode } from '../../src/otlp/responses.ts'
import { decodeMessage } from './proto.ts'

describe('export responses, read by protobufjs', () => {
  it('is empty bytes when everything was taken', () => {
    expect(encodeExportResponse(0, '')).toEqual(Buffer.alloc(0))
  })

  it.each([
    [1, 'too_old'],
    [127, 'x'],
    [128, 'größer als 127 Zeichen '.repeat(20)],
    [4_294_967_296, 'more than 32 bits'],
    [Number.MAX_SAFE_INTEGER, ''],
  ])('says %d rejected', (rejected, message) => {
    expect(decodeMessage('ExportLogsServiceResponse', encodeExportResponse(rejected, message))).toEqual({
      partialSuccess: {
        rejectedLogRecords: BigInt(rejected),
        ...(message === '' ? {} : { errorMessage: message }),
      },
    })
  })

  it('carries a warning without a rejection', () => {
    expect(decodeMessage('ExportLogsServiceResponse', encodeExportResponse(0, 'note'))).toEqual({
      partialSuccess: { errorMessage: 'note' },
    })
  })
})

describe('google.rpc.Status, read by protobufjs', () => {
  it('has no details when the sender must not send again', () => {
    const status = decodeMessage(
      'Status',
      encodeStatus(StatusCode.invalidArgument, 'LogRecord.body: cut short'),
    )
    expect(status).toEqual({ code: 3, message: 'LogRecord.body: cut short' })
  })

  it.each([
    [0, {}],
    [1, { nanos: 1_000_000 }],
    [250.4, { nanos: 250_000_000 }],
    [1000, { seconds: 1n }],
    [61_999, { seconds: 61n, nanos: 999_000_000 }],
    [1999.7, { seconds: 2n }],
  ])('asks to send again after %d ms', (retryAfterMs, delay) => {
    const status = decodeMessage('Status', encodeStatus(StatusCode.unavailable, 'stopping', retryAfterMs))
    expect(status).toMatchObject({ code: 14, message: 'stopping' })
    const [detail, ...more] = status.details as Array<{ typeUrl: string; value: Buffer }>
    expect(more).toEqual([])
    expect(detail!.typeUrl).toBe('type.googleapis.com/google.rpc.RetryInfo')
    expect(decodeMessage('RetryInfo', detail!.value)).toEqual({ retryDelay: delay })
  })
})
