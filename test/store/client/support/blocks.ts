import type { Raw } from '../../engine/support/raw.ts'

/** A Native block, written by ClickHouse itself. */
export async function nativeBlock(raw: Raw, select: string): Promise<Buffer> {
  const answer = await raw.ask(`${select} FORMAT Native`, 'max_block_size=1000000')
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.bytes
}
