import { describe, expect, it } from 'vitest'
import { KEPT } from '../../src/otlp/batch.ts'
import { newBatch, scanRequest, TooManyRecordsError } from '../../src/otlp/scan/index.ts'
import { LOG } from '../../src/otlp/slots.ts'
import { type FlatRecord, materialise } from './materialise.ts'
import { encodeLogsRequest, type KeyValue, type LogRecord } from './proto.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { int, keyValue, len, requestOf } from './wire.ts'

function scan(bytes: Buffer, limits: { records?: number; attributes?: number } = {}) {
  const batch = newBatch('logs')
  scanRequest(
    batch,
    bytes,
    { recordsPerRequestMax: limits.records ?? 1000, attributesPerRecordMax: limits.attributes ?? 100 },
    SCAN_OUTCOMES,
  )
  return batch
}

function records(bytes: Buffer, limits = {}): FlatRecord[] {
  return materialise(scan(bytes, limits))
}

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })
const keys = (list: KeyValue[]): string[] => list.map(({ key }) => key!)

describe('fields that occur again', () => {
  it('merges resources and scopes, wherever they stand', () => {
    const bytes = Buffer.concat([
      len(
        1,
        len(2, len(2, len(6, keyValue('r1', ''))), len(1, len(3, keyValue('s1', '')), int(4, 1)), len(2)),
        len(1, len(1, keyValue('a', '1')), int(2, 5)),
        len(3, 'first'),
        len(
          2,
          len(2, len(6, keyValue('r2', ''))),
          len(1, len(3, keyValue('s2', ''))),
          len(1, int(4, 2), len(3, keyValue('s3', ''))),
        ),
        len(1, len(1, keyValue('b', '2'))),
        len(3, 'second'),
      ),
    ])
    const [first, second, third, ...more] = records(bytes)
    expect(more).toEqual([])
    for (const record of [first!, second!, third!]) {
      expect(record.resource).toEqual({
        attributes: [text('a', '1'), text('b', '2')],
        droppedAttributesCount: 5,
      })
      expect(record.resourceSchemaUrl).toBe('second')
    }
    expect(keys(first!.record.attributes)).toEqual(['r1'])
    expect(second!.record.attributes).toEqual([])
    expect(second!.scope).toMatchObject({ attributes: [text('s1', '')], droppedAttributesCount: 1 })
    expect(keys(third!.record.attributes)).toEqual(['r2'])
    expect(third!.scope).toMatchObject({
      attributes: [text('s2', ''), text('s3', '')],
      droppedAttributesCount: 2,
    })
  })

  it('takes the last of repeated scalars and values', () => {
    const [flat] = records(
      requestOf(
        len(3, 'INFO'),
        int(2, 9),
        len(5, len(1, 'one'), int(3, 2)),
        len(5, len(1, 'three')),
        len(5),
        int(2, 17),
        len(3, 'ERROR'),
      ),
    )
    expect(flat!.record).toMatchObject({
      severityText: 'ERROR',
      severityNumber: 17,
      body: { stringValue: 'three' },
    })
  })

  it('lets the later of two arrays win', () => {
    const array = (value: string): Buffer => len(5, len(5, len(1, len(1, value))))
    const [flat] = records(requestOf(array('a'), array('b')))
    expect(flat!.record.body).toEqual({ arrayValue: { values: [{ stringValue: 'b' }] } })
  })
})

describe('rows', () => {
  it('knows the bytes of each record on the wire', () => {
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, { severityText: 'INFO' }] }] }] }
    const { data } = scan(encodeLogsRequest(request)).records
    expect([data[LOG.wireBytes], data[LOG.stride + LOG.wireBytes]]).toEqual([0, 6])
  })

  it('keeps negative and unknown severities', () => {
    const numbers = [-1, -(2 ** 31), 2 ** 31 - 1, 25]
    const logRecords = numbers.map((severityNumber) => ({ severityNumber }))
    const flat = records(encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
    expect(flat.map(({ record }) => record.severityNumber)).toEqual(numbers)
  })

  it('leaves no row of resources and scopes without records', () => {
    const empty = {
      resource: { attributes: [text('a', 'b')] },
      scopeLogs: [{ scope: { attributes: [text('c', 'd')] } }],
    }
    const batch = scan(
      encodeLogsRequest({
        resourceLogs: [empty, { ...empty, scopeLogs: [{}, { logRecords: [{}] }, {}] }, empty],
      }),
    )
    const { resources, scopes, records: rows, attributes } = batch
    expect([resources.count, scopes.count, rows.count, attributes.count]).toEqual([1, 1, 1, 1])
    expect(materialise(batch)[0]!.resource.attributes).toEqual([text('a', 'b')])
  })

  it('takes an empty request', () => {
    expect(scan(Buffer.alloc(0)).records.count).toBe(0)
  })
})

describe('records that cannot be taken', () => {
  const three = [text('a', ''), text('b', ''), text('c', '')]
  const two = three.slice(0, 2)

  function verdicts(logRecords: LogRecord[], resource: KeyValue[] = [], scope: KeyValue[] = []): number[] {
    const resourceLogs = [
      { resource: { attributes: resource }, scopeLogs: [{ scope: { attributes: scope }, logRecords }] },
      { scopeLogs: [{ logRecords: [{}] }] },
    ]
    const batch = scan(encodeLogsRequest({ resourceLogs }), { attributes: 2 })
    return [...batch.verdicts.subarray(0, batch.records.count)]
  }

  it.each([
    {
      why: 'ids of the right length',
      record: { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) },
      verdict: KEPT,
    },
    { why: 'ids of zeros', record: { traceId: Buffer.alloc(16), spanId: Buffer.alloc(8) }, verdict: KEPT },
    { why: 'a trace id one byte short', record: { traceId: Buffer.alloc(15, 1) }, verdict: 7 },
    { why: 'a trace id in hex', record: { traceId: Buffer.alloc(32, 0x61) }, verdict: 7 },
    { why: 'a span id of 16 bytes', record: { spanId: Buffer.alloc(16, 1) }, verdict: 8 },
    { why: 'a span id of one zero', record: { spanId: Buffer.alloc(1) }, verdict: 8 },
    { why: 'both', record: { traceId: Buffer.alloc(1), spanId: Buffer.alloc(1) }, verdict: 7 },
    { why: 'attributes at the limit', record: { attributes: two }, verdict: KEPT },
    { why: 'attributes over the limit', record: { attributes: three }, verdict: 9 },
  ])('judges $why alone', ({ record, verdict }) => {
    expect(verdicts([{}, record, {}])).toEqual([KEPT, verdict, KEPT, KEPT])
  })

  it('rejects all records of a resource or scope with too many attributes, and no other', () => {
    expect(verdicts([{}, {}], three)).toEqual([9, 9, KEPT])
    expect(verdicts([{}, {}], two, three)).toEqual([9, 9, KEPT])
    expect(verdicts([{ traceId: Buffer.alloc(1, 1) }], three, three)).toEqual([9, KEPT])
  })

  it('keeps no memory of attributes over the limit', () => {
    const many = Array.from({ length: 5000 }, (_, i) => text(`key ${i}`, 'value'))
    const batch = scan(
      encodeLogsRequest({
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: many }, { attributes: two }] }] }],
      }),
      { attributes: 4 },
    )
    expect(batch.attributes.count).toBe(2)
    expect(materialise(batch).map(({ record }) => record.attributes)).toEqual([[], two])
  })

  it('forgets the verdicts of the request before', () => {
    const batch = newBatch('logs')
    const limits = { recordsPerRequestMax: 10, attributesPerRecordMax: 2 }
    const bad = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: three }] }] }] }
    scanRequest(batch, encodeLogsRequest(bad), limits, SCAN_OUTCOMES)
    expect(batch.verdicts[0]).toBe(9)
    scanRequest(
      batch,
      encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] }),
      limits,
      SCAN_OUTCOMES,
    )
    expect(batch.verdicts[0]).toBe(KEPT)
  })
})

describe('too many records', () => {
  const request = (count: number): Buffer =>
    encodeLogsRequest({
      resourceLogs: [
        { scopeLogs: [{ logRecords: Array.from({ length: count - 1 }, () => ({})) }] },
        { scopeLogs: [{ logRecords: [{}] }] },
      ],
    })

  it('takes as many as the limit and refuses the request with one more', () => {
    expect(scan(request(5), { records: 5 }).records.count).toBe(5)
    const over = (): unknown => scan(request(6), { records: 5 })
    expect(over).toThrow(TooManyRecordsError)
    expect(over).toThrow(/more than 5 records.*smaller batches.*recordsPerRequestMax/)
  })
})

describe('invalid UTF-8', () => {
  const bad = Buffer.from([0x61, 0xff, 0xc3])
  const good = 'a\ufffd\ufffd'

  it('is replaced in every text of a request, and counted', () => {
    const request = len(
      1,
      len(1, len(1, len(1, bad), len(2, len(1, bad)))),
      len(
        2,
        len(1, len(1, bad), len(2, bad)),
        len(2, len(3, bad), len(5, len(1, bad)), len(12, bad)),
        len(3, bad),
      ),
      len(3, bad),
    )
    const batch = scan(request)
    expect(batch.invalidUtf8Count).toBe(9)
    const [flat] = materialise(batch)
    expect(flat).toMatchObject({
      resource: { attributes: [text(good, good)] },
      resourceSchemaUrl: good,
      scope: { name: good, version: good },
      scopeSchemaUrl: good,
      record: { severityText: good, body: { stringValue: good }, eventName: good },
    })
  })

  it('is counted inside arrays and left there, for the text form to replace', () => {
    const batch = scan(requestOf(len(5, len(6, len(1, len(1, bad), len(2, len(5, len(1, len(1, bad)))))))))
    expect(batch.invalidUtf8Count).toBe(2)
    expect(batch.byteLength).toBe(batch.bytes.length)
  })

  it('does not touch the sender’s bytes', () => {
    const request = requestOf(len(3, bad))
    const before = Buffer.from(request)
    scan(request)
    expect(request).toEqual(before)
  })

  it('leaves valid text that is not ASCII alone', () => {
    const batch = scan(requestOf(len(3, 'Grüße, 世界 \u{1f600}')))
    expect([batch.invalidUtf8Count, materialise(batch)[0]!.record.severityText]).toEqual([
      0,
      'Grüße, 世界 \u{1f600}',
    ])
  })
})
