import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeTracesRequest } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { byContent, type ExpectedRow } from './support/expected-row.ts'
import { expectedSpans, expectedTraceTimes, SPAN_COLUMNS, TRACE_TIMES_SQL } from './support/expected-span.ts'
import { orphansOf } from './support/orphans.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { tracesRequest } from './support/random-traces.ts'

/**
 * Scenario: requests of every shape, encoded by protobufjs, through the whole gateway. Guarantees: ClickHouse holds
 * each field of each span, its events and its links as the plain message has it, each row finds its resource, and
 * each trace its times. Does not prove: odd wire forms (test/otlp).
 */
test('every field of every span arrives', async () => {
  const { urls, readBack } = await startTestGateway()
  const sent = fc.sample(tracesRequest, 80)
  for (const one of sent) await postProtobuf(urls.http, 'traces', encodeTracesRequest(one))
  await readBack(async (database) => {
    const rows = await database.rows<ExpectedRow>(`SELECT ${SPAN_COLUMNS} FROM spans ORDER BY Seq`)
    expect(byContent(rows)).toEqual(byContent(sent.flatMap(expectedSpans)))
    const times = await database.rows<ExpectedRow>(TRACE_TIMES_SQL)
    expect(byContent(times)).toEqual(byContent(expectedTraceTimes(sent)))
    expect(await orphansOf(database, 'spans', 'Timestamp')).toBe(0)
  })
})
