import { timeNs } from '../../query/logql/record.ts'
import type { TailEntry } from '../line.ts'
import type { ViewerSeam } from '../seam/viewer-seam.ts'
import type { BacklogPart } from '../source.ts'
import type { FeedContainer } from './feed-container.ts'
import type { LineChunk } from './follow/line-chunk.ts'

/** So much is put into the order of time over all containers; of more, one container comes after the other. */
const SORTED_BYTES_MAX = 1024 * 1024

type Remembered = { readonly container: FeedContainer; readonly chunks: ReadonlyArray<LineChunk> }

/** The remembered lines of containers as they are now, for one viewer; later ones come live. */
export function backlogOf(
  first: ReadonlyArray<BacklogPart>,
  containers: ReadonlyArray<FeedContainer>,
  seam: ViewerSeam,
): AsyncIterable<BacklogPart> {
  const remembered = containers.map((container) => ({
    container,
    chunks: container.upstream?.chunks() ?? [],
  }))
  return { [Symbol.asyncIterator]: () => parts(first, remembered, seam) }
}

async function* parts(
  first: ReadonlyArray<BacklogPart>,
  remembered: ReadonlyArray<Remembered>,
  seam: ViewerSeam,
): AsyncGenerator<BacklogPart, void, undefined> {
  yield* first
  const all = remembered.flatMap(({ chunks }) => chunks)
  const bytes = all.reduce((sum, { batch }) => sum + batch.bytes.length, 0)
  const isSorted = bytes <= SORTED_BYTES_MAX
  const sorted: TailEntry[] = []
  for (const { container, chunks } of remembered)
    for (const chunk of chunks) {
      const { lines } = seam.choose(container.entries(chunk))
      if (isSorted) for (const line of lines) sorted.push(line)
      else if (lines.length > 0) yield { kind: 'entries', entries: lines }
    }
  // Stable: lines of one container stay in the order of their file, but for stamps that are out of order there.
  sorted.sort((a, b) => (timeNs(a) < timeNs(b) ? -1 : timeNs(a) > timeNs(b) ? 1 : 0))
  if (sorted.length > 0) yield { kind: 'entries', entries: sorted }
}
