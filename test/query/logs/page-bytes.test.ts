import { afterEach, expect, it } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { startTestApi, type TestApi } from '../support.ts'

/**
 * Scenario: records so big that a page of them would take hundreds of megabytes. Guarantees: a page as JSON, which is
 * held whole, ends early with a cursor; one in lines goes on.
 */

const MIB = 2 ** 20
const BODY = 'x'.repeat(MIB / 2)
const TIME = '1769860800000000000'

const row = (seq: number) => ({
  ...{ time: TIME, observedTime: '0', sourceTime: TIME, seq: `${seq}`, gatewayId: 'g', retentionDays: 30 },
  ...{ fingerprint: '1', service: 's', app: 'a', namespace: '', pod: '', container: '' },
  ...{ traceId: '', spanId: '', flags: 0, severityNumber: 0, severityText: '', body: BODY, bodyType: 's' },
  ...{ eventName: '', scopeName: '', scopeVersion: '', scopeSchemaUrl: '', scopeKeys: [], scopeValues: [] },
  ...{ scopeTypes: '', scopeDropped: 0, keys: [], values: [], types: '', dropped: 0 },
})

/** A ClickHouse of 100 records, newest first, that looks at nothing of a statement but where it goes on. */
const reader = {
  name: 'weir',
  rows: async () => [],
  async *stream(_sql: string, parameters: Record<string, unknown>) {
    const limit = Number(Object.values(parameters).at(-2))
    const after = Object.values(parameters).includes('g') ? Number(parameters.p4) : 101
    for (let seq = after - 1; seq > 0 && seq >= after - limit; seq--) yield [row(seq)]
  },
} as unknown as Database

let api: TestApi | undefined
afterEach(() => api?.stop(0))

it.each([
  ['application/json', 32, 36],
  ['application/x-ndjson', 100, 100],
])('%s', async (accept, recordsMin, recordsMax) => {
  api = await startTestApi({ reader })
  const { text } = await api.get(`/api/v1/logs?limit=1000&start=1769860000000000000`, { accept })
  const seqs = [...text.matchAll(/"seq":"(\d+)"/g)].map(([, seq]) => Number(seq))
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => 100 - i))
  expect(seqs.length).toBeGreaterThanOrEqual(recordsMin)
  expect(seqs.length).toBeLessThanOrEqual(recordsMax)
  if (accept === 'application/json') expect(JSON.parse(text).nextCursor).toBeTypeOf('string')
  else expect(text).toMatch(/\n\{"nextCursor":null\}\n$/)
})
