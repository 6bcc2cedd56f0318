import type { RequestsEntry } from './request-index.ts'

export const KIND_COMMIT = 1

/** A block as the commit's header describes it. Blocks follow the header in this order. */
export type BlockHeader = {
  readonly table: string
  readonly partition: string
  /** The partition's values, for tables partitioned by (day, RetentionDays). */
  readonly day?: number
  readonly retentionDays?: number
  readonly rows: number
  readonly firstSeq: string
  readonly lastSeq: string
  readonly byteLength: number
}

/** What a commit says of itself. JSON: a few dozen a second, and readable with `strings` in an emergency. */
export type CommitHeader = {
  readonly commit: number
  readonly schemaVersion: number
  readonly gatewayId: string
  readonly blocks: ReadonlyArray<BlockHeader>
  readonly requests: RequestsEntry
}

/** A durable block: where it lies and what it holds. */
export type SpoolBlock = BlockHeader & {
  readonly segment: number
  readonly position: number
  readonly commit: number
  /** Who gave its rows their Seq. */
  readonly gatewayId: string
  /** Number within its commit. */
  readonly index: number
  /** When its commit was sealed. */
  readonly timeMs: number
}

/** Payload = u32 header length, header, blocks. */
export function encodeHeader(header: CommitHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const bytes = Buffer.allocUnsafe(4 + json.length)
  bytes.writeUInt32LE(json.length)
  json.copy(bytes, 4)
  return bytes
}

export function locateBlocks(
  header: CommitHeader,
  segment: number,
  payloadPosition: number,
  headerLength: number,
): SpoolBlock[] {
  let position = payloadPosition + headerLength
  return header.blocks.map((block, index) => {
    const located = {
      ...block,
      segment,
      position,
      commit: header.commit,
      gatewayId: header.gatewayId,
      index,
      timeMs: header.requests.timeMs,
    }
    position += block.byteLength
    return located
  })
}
