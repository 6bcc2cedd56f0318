import type { KubernetesClient } from '../client/client.ts'
import type { PodLogOptions } from '../client/pod-log.ts'
import { readStamp, STAMP_BYTES_MAX, type StampCursor } from '../log/cri-stamp.ts'
import { LineFramer } from '../log/line-framer.ts'
import { hashLine, type LineHash } from '../log/line-hash.ts'
import type { Progress } from './progress.ts'

/** What is enough to find one line that was not seen. */
const NEWS_BYTES_MAX = 64 * 1024
/** Lines of the newest second come again first; so many bytes of them are read over. */
const COMPARED_BYTES_MAX = 4 * 2 ** 20

export type CompareOptions = Pick<PodLogOptions, 'namespace' | 'pod' | 'container' | 'signal'> & {
  readonly lineBytesMax: number
}

/** `news`: the kubelet has lines that were not seen; `lost`: it does not have the newest one that was seen, nor any after it. */
export type Comparison = 'same' | 'news' | 'lost'

/** What the kubelet has, beside what was seen. Changes nothing. Throws a `KubernetesError`. */
export async function compareLog(
  client: KubernetesClient,
  progress: Progress,
  { lineBytesMax, ...ask }: CompareOptions,
): Promise<Comparison> {
  const { newest } = progress
  const limitBytes = newest === undefined ? NEWS_BYTES_MAX : COMPARED_BYTES_MAX
  const sinceSeconds = newest?.seconds ?? progress.sinceSeconds
  const options: PodLogOptions = {
    ...ask,
    limitBytes,
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
  }
  return await compared(client.readLog(options), progress, lineBytesMax, limitBytes)
}

async function compared(
  pieces: AsyncIterable<Buffer>,
  progress: Progress,
  lineBytesMax: number,
  limitBytes: number,
): Promise<Comparison> {
  const replay = progress.snapshot()
  const stamp: StampCursor = { seconds: 0, nanos: 0, end: 0 }
  const hash: LineHash = { low: 0, high: 0 }
  let met = false
  let news = false
  const framer = new LineFramer(lineBytesMax + STAMP_BYTES_MAX, (bytes, start, end, length) => {
    if (!readStamp(bytes, start, end, stamp)) return
    const keptEnd = Math.min(end, stamp.end + lineBytesMax)
    hashLine(bytes, stamp.end, keptEnd, length - (stamp.end - start), hash)
    const meeting = replay.meet(stamp.seconds, stamp.nanos, hash)
    if (meeting === 'newest') met = true
    else if (meeting === 'other' || (met && meeting === 'forgotten')) news = true
  })
  let bytes = 0
  for await (const chunk of pieces) {
    bytes += chunk.length
    framer.push(chunk)
    if (news) return 'news'
  }
  // Cut off before the newest line came: it can't be told, and asking again would tell as little.
  if (bytes >= limitBytes && !met) return 'news'
  return met || progress.isEmpty ? 'same' : 'lost'
}
