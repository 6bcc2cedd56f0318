import { join } from 'node:path'
import type { SpoolDisk } from './files.ts'
import { GroupJournal } from './groups.ts'
import { Journal } from './journal.ts'
import { Quarantine } from './quarantine.ts'
import { RequestIndex, type RequestsEntry } from './request-index.ts'
import { type DurableCommit, Segments } from './segments.ts'
import { Sequence, timeOfSequence } from './sequence.ts'

export type SpoolOptions = {
  readonly segmentBytesMax: number
  readonly dedupWindowMs: number
  readonly dedupRequestsMax: number
}

export type SpoolEvents = {
  /** The torn end of a write that a crash cut short was cut off: those requests were never answered. */
  readonly torn: (file: string, bytes: number) => void
  readonly failed: (message: string, error: unknown) => void
}

const REQUESTS_FOLD_BYTES = 8 << 20

/** Everything durable, opened together: what each part finds decides what the others may forget. */
export type Spool = {
  readonly disk: SpoolDisk
  readonly directory: string
  readonly segments: Segments
  readonly groups: GroupJournal
  readonly requests: Journal<RequestsEntry>
  readonly requestIndex: RequestIndex
  readonly sequence: Sequence
  readonly quarantine: Quarantine
  /** Commits found at the start. */
  readonly replayed: ReadonlyArray<DurableCommit>
  /** The number of the first commit of this start: above every number used before. */
  readonly firstCommit: number
}

export async function openSpool(
  disk: SpoolDisk,
  directory: string,
  options: SpoolOptions,
  events: SpoolEvents,
  nowMs: () => number,
): Promise<Spool> {
  await disk.makeDirectory(directory)
  const onTorn = events.torn
  const requestIndex = new RequestIndex({
    windowMs: options.dedupWindowMs,
    requestsMax: options.dedupRequestsMax,
  })
  const requests = await Journal.open<RequestsEntry>(disk, join(directory, 'requests'), {
    onEntry: (entry) => requestIndex.addEntry(entry, nowMs()),
    onTorn,
    snapshot: () => requestIndex.entries(),
    foldBytes: REQUESTS_FOLD_BYTES,
  })
  const segments = await Segments.open(disk, join(directory, 'segments'), {
    segmentBytesMax: options.segmentBytesMax,
    onTorn,
  })
  const replayed = segments.takeReplayed()
  for (const { header } of replayed) requestIndex.addEntry(header.requests, nowMs())
  // What the journal lacks of the replayed commits is in it from now on, so that their segments may go.
  await requests.fold()
  const groups = await GroupJournal.open(disk, join(directory, 'groups'), onTorn)
  const sequence = await Sequence.open(disk, directory, nowMs, requestIndex.lastSeq)
  const quarantine = await Quarantine.open(disk, join(directory, 'quarantine'), segments)
  const firstCommit = Math.max(commitNumberAt(sequence), requestIndex.lastCommit + 1)
  return {
    disk,
    directory,
    segments,
    groups,
    requests,
    requestIndex,
    sequence,
    quarantine,
    replayed,
    firstCommit,
  }
}

/**
 * Commit numbers start from the time in the next Seq, a thousand to the millisecond, so that they go on rising even
 * after every file of the spool but its mark was lost. Alone it would not do: while Seq is ahead of the clock (after
 * a kill, or with the clock set back) it stays within one millisecond over many commits and a restart, and a commit
 * with the number of an older one would take over the fate of that one's blocks from the groups journal.
 */
function commitNumberAt(sequence: Sequence): number {
  return timeOfSequence(sequence.next) * 1024
}

/** Deletes the segments that nobody needs, once what must outlive them is durable elsewhere. */
export async function deleteSettled({ segments, groups, requests }: Spool): Promise<void> {
  const deletable = segments.deletable()
  if (deletable.length === 0) return
  await groups.sync()
  await requests.sync()
  for (const segment of deletable) await segments.remove(segment)
  groups.prune(segments.oldestCommit)
}

export async function closeSpool(spool: Spool): Promise<void> {
  await spool.groups.close()
  await spool.requests.sync()
  await spool.requests.close()
  await spool.segments.close()
  await spool.sequence.close()
}
