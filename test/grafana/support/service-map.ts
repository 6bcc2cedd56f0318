import { expect } from 'vitest'
import { z } from 'zod'
import { ask } from './ask.ts'
import { END_MS, RANGE_MS } from './clock.ts'
import { differences } from './compare.ts'
import type { View } from './expectation.ts'
import { increases, sumBy } from './plain.ts'
import type { DataSource } from './provisioned.ts'

/** The metrics that Grafana draws the service map from. */
export const SERVICE_MAP_METRICS: ReadonlyArray<string> = [
  'traces_service_graph_request_total',
  'traces_service_graph_request_failed_total',
  'traces_service_graph_request_server_seconds_sum',
]

const serviceMapOf = z.object({ serviceMap: z.object({ datasourceUid: z.string() }) })

/** Where a data source of traces has its service map from. */
export function serviceMapSource(tempo: DataSource, sources: ReadonlyArray<DataSource>): DataSource {
  const { datasourceUid } = serviceMapOf.parse(tempo.jsonData).serviceMap
  return sources.find(({ uid }) => uid === datasourceUid)!
}

/** Each metric of the service map is right, added up by who calls whom over the range. */
export async function checkServiceMap(view: View, prometheus: DataSource): Promise<void> {
  const target = { refId: 'A', datasource: { type: 'prometheus', uid: '' }, instant: true }
  for (const name of SERVICE_MAP_METRICS) {
    const query = `sum by (client, server) (rate(${name}[${RANGE_MS / 1000}s]))`
    const at = (t: number) =>
      increases(view.series, name, { t, ms: RANGE_MS }).map((row) => ({
        ...row,
        value: row.value / (RANGE_MS / 1000),
      }))
    const expected = { kind: 'metric', at: (t: number) => sumBy(at(t), 'client', 'server') } as const
    expect(expected.at(END_MS)).not.toHaveLength(0)
    expect(differences(await ask(prometheus, target, query), expected), query).toEqual([])
  }
}
