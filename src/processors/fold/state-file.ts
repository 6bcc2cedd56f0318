import { open } from 'node:fs/promises'
import { readFrames, StateError } from '../state-frames.ts'
import { NO_ROOM } from './bucket-store.ts'
import type { FoldEngine } from './engine.ts'
import { Fold } from './fold.ts'
import { FOLD_MASK, MEMBER, NO_MEMBER } from './members.ts'
import {
  checkHead,
  endFrame,
  foldFrame,
  headFrame,
  Kind,
  memberBytes,
  membersFrame,
  readFold,
  readMembers,
} from './state-format.ts'
import { NUMBERS, NUMBERS_LENGTH } from './totals/summed.ts'

const BYTES_PER_WRITE = 1 << 20

/** Writes all that an engine knows, and fsyncs it. The engine must not be given points meanwhile. */
export async function writeFolds(path: string, { buckets, folds, members }: FoldEngine): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.appendFile(headFrame())
    for (const fold of folds.all()) await file.appendFile(foldFrame(fold.number, fold.save()))
    let pending: Buffer[] = []
    let bytes = 0
    for (let member = 1; member < members.end; member++) {
      if (!members.isUsed(member)) continue
      const { totals } = folds.at(members.foldOf(member))!
      const saved = memberBytes(members, buckets, member, totals.hasNumbers)
      pending.push(saved)
      bytes += saved.length
      if (bytes < BYTES_PER_WRITE) continue
      await file.appendFile(membersFrame(pending))
      pending = []
      bytes = 0
    }
    await file.appendFile(Buffer.concat([membersFrame(pending), endFrame()]))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts what a file holds into an engine that has nothing yet. Throws a {@link StateError} if it is not whole. */
export async function readFolds(path: string, engine: FoldEngine): Promise<void> {
  const file = await open(path, 'r')
  try {
    const restored = new Map<number, Fold>()
    let hasHead = false
    let isWhole = false
    for await (const frame of readFrames(file)) {
      if (!hasHead) checkHead(frame)
      hasHead = true
      isWhole = frame.kind === Kind.end
      if (frame.kind === Kind.fold) restoreFold(frame.payload, engine, restored)
      else if (frame.kind === Kind.members) restoreMembers(frame.payload, engine, restored)
    }
    if (!isWhole) throw new StateError('is cut short')
  } finally {
    await file.close()
  }
}

function restoreFold(payload: Buffer, engine: FoldEngine, restored: Map<number, Fold>): void {
  if (engine.folds.isFull) return
  const { number, saved } = readFold(payload)
  const fold = Fold.restored(engine.folds.nextNumber(), saved, engine)
  engine.folds.add(fold)
  restored.set(number, fold)
}

function restoreMembers(payload: Buffer, engine: FoldEngine, restored: ReadonlyMap<number, Fold>): void {
  readMembers(payload, (words, numbers) => {
    const fold = restored.get(words[MEMBER.meta]! & FOLD_MASK)
    if (fold !== undefined) restoreMember(engine, fold, words, numbers)
  })
}

/** Where a smaller configuration leaves no room, the member is forgotten. */
function restoreMember(engine: FoldEngine, fold: Fold, words: Int32Array, numbers: Float64Array): void {
  const { buckets, members } = engine
  const member = members.add(words[MEMBER.low]!, words[MEMBER.high]!, fold.number)
  const at = numbers.length === 0 || member === NO_MEMBER ? NO_ROOM : buckets.take(numbers.length)
  if (member === NO_MEMBER || (numbers.length > 0 && at === NO_ROOM)) {
    if (member !== NO_MEMBER) members.remove(member)
    fold.raiseSince(words[MEMBER.startLow]!, words[MEMBER.startHigh]!)
    return
  }
  members.restore(member, words)
  if (numbers.length > 0) {
    const base = member * MEMBER.stride
    members.words[base + NUMBERS] = at
    members.words[base + NUMBERS_LENGTH] = numbers.length
    buckets.numbers.set(numbers, at)
  }
  fold.members++
  fold.totals.adopt(member)
}
