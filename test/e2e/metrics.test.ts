import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeMetricsRequest } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { expectedPoints, POINT_TABLES, pointsSql } from './support/expected-points.ts'
import { byContent, type ExpectedRow } from './support/expected-row.ts'
import { orphansOf } from './support/orphans.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { metricsRequest } from './support/random-metrics.ts'

/**
 * Scenario: requests of every kind of metric and every shape, encoded by protobufjs, through the whole gateway.
 * Guarantees: ClickHouse holds each field of each data point and exemplar as the plain message has it, beside a row of
 * its series for its day that says the rest, and a row of its resource. Does not prove: odd wire forms (test/otlp).
 */
test('every field of every data point arrives', async () => {
  const { urls, readBack } = await startTestGateway()
  const sent = fc.sample(metricsRequest, 80)
  for (const one of sent) await postProtobuf(urls.http, 'metrics', encodeMetricsRequest(one))
  const expected = Map.groupBy(sent.flatMap(expectedPoints), ([table]) => table)
  expect(expected.size).toBe(POINT_TABLES.length)
  await readBack(async (database) => {
    for (const table of POINT_TABLES) {
      const rows = await database.rows<ExpectedRow>(pointsSql(table))
      expect(byContent(rows)).toEqual(byContent(expected.get(table)!.map(([, row]) => row)))
      expect(await orphansOf(database, table, 'TimeUnix')).toBe(0)
    }
  })
})
