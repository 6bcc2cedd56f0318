import type { Endpoint } from '../client/endpoint.ts'
import { toDatabaseError } from '../client/failure.ts'
import { quoteName } from '../client/insert.ts'
import { openClient } from '../client/open-client.ts'

const TIMEOUT_MS = 10_000

/**
 * Asks a ClickHouse for its first answer and makes Weir's database if it is missing: a connection that names a
 * database can't do that. Rejects with a DatabaseError.
 */
export async function prepareDatabase(endpoint: Endpoint, database: string, cluster?: string): Promise<void> {
  const client = openClient(endpoint, { socketsMax: 1, timeoutMs: TIMEOUT_MS })
  try {
    const found = await client.query({
      query: 'SELECT count() AS n FROM system.databases WHERE name = {name:String}',
      query_params: { name: database },
      format: 'JSONEachRow',
    })
    const [row] = await found.json<{ n: string }>()
    if (Number(row?.n) > 0) return
    const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${quoteName(cluster)}`
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoteName(database)}${onCluster}` })
  } catch (error) {
    throw toDatabaseError(error, 'first answer')
  } finally {
    await client.close()
  }
}
