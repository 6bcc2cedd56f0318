import type { Database } from '../../store/database.ts'
import { watermarks } from '../../store/tables/control.ts'

/** How far the rows of another gateway are readable: all below are. */
export type ReplicaMark = { readonly gatewayId: string; readonly oldestSeq: bigint }

type MarkRow = { readonly gatewayId: string; readonly oldestSeq: string }

const TIMEOUT_MS = 2000

export type Replicas = {
  /** Of all gateways but this one. Throws DatabaseError. */
  marks(): Promise<ReadonlyArray<ReplicaMark>>
}

/**
 * The watermarks that gateways publish. They are of no tenant: nothing of them is shown but how far a replica is read.
 */
export function replicasOf(reader: Database, gatewayId: string): Replicas {
  const statement =
    'SELECT GatewayId AS gatewayId, toString(argMax(OldestSeq, PublishedAt)) AS oldestSeq ' +
    `FROM ${watermarks.name} WHERE GatewayId != {own:String} GROUP BY GatewayId`
  return {
    async marks() {
      const rows = await reader.rows<MarkRow>(statement, { own: gatewayId }, { timeoutMs: TIMEOUT_MS })
      return rows.map((row) => ({ gatewayId: row.gatewayId, oldestSeq: BigInt(row.oldestSeq) }))
    },
  }
}
