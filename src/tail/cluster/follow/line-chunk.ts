import type { LineBatch } from '../../kubernetes/contract.ts'
import { NANOS_PER_SECOND } from '../../seam/mark.ts'

/** Lines of a container as they came, each with its Seq: shared by all feeds, never changed. */
export type LineChunk = {
  readonly batch: LineBatch
  readonly seqs: BigUint64Array
}

export const stampAt = ({ seconds, nanos }: LineBatch, index: number): bigint =>
  BigInt(seconds[index]!) * NANOS_PER_SECOND + BigInt(nanos[index]!)

/** Without white space at its end, as collectors store it. */
export const textAt = ({ bytes, starts }: LineBatch, index: number): string =>
  bytes.toString('utf8', starts[index]!, starts[index + 1]!).trimEnd()

/** The newest stamp of a chunk, in seconds. */
export function newestSecond({ batch: { seconds } }: LineChunk): number {
  let newest = 0
  for (let i = 0; i < seconds.length; i++) if (seconds[i]! > newest) newest = seconds[i]!
  return newest
}
