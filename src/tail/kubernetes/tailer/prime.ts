import type { KubernetesClient } from '../client/client.ts'
import type { PodLogOptions } from '../client/pod-log.ts'
import { readStamp } from '../log/cri-stamp.ts'
import type { LogReader } from './log-reader.ts'
import type { Progress } from './progress.ts'
import { type ReadEnd, readLog } from './reading.ts'

/** "Now" is after the last line there is. Several are read, since the last may be unfinished. */
const NOW_LINES = 8

/**
 * Reads the last lines of the file, so that there is a line to go on from. With `tailLines` on the follow itself nobody could
 * tell a container that was silent so far from one whose old lines are on the way.
 */
export async function prime(
  client: KubernetesClient,
  log: PodLogOptions,
  reader: LogReader,
  progress: Progress,
  lines: number,
): Promise<ReadEnd> {
  const end = await readLog(client, { ...log, tailLines: lines === 0 ? NOW_LINES : lines }, reader)
  if (end.kind !== 'ended') return end
  progress.forgetBeforeNewest()
  if (progress.isEmpty && end.unfinished !== undefined) {
    const { bytes } = end.unfinished
    const stamp = { seconds: 0, nanos: 0, end: 0 }
    // One endless line: begin with its second rather than with the whole file.
    if (readStamp(bytes, 0, bytes.length, stamp)) progress.startAnew(stamp.seconds)
  }
  return end
}
