import { deserialize, serialize } from 'node:v8'
import { type Frame, frame, StateError } from '../state-frames.ts'
import type { BucketStore } from './bucket-store.ts'
import type { SavedFold } from './fold.ts'
import { MEMBER, type Members } from './members.ts'
import { NUMBERS, NUMBERS_LENGTH } from './totals/summed.ts'

/**
 * The file of the folds, in frames (`state-frames.ts`): a `head` "WEIRFOLD" | u32 version; of each fold a `fold`, u32 number |
 * what it saves, serialized by V8; `members`, of each its words | u32 count | so many f64; an `end`, or the
 * file is not whole.
 */
export const Kind = { head: 1, fold: 2, members: 3, end: 4 } as const

const STATE_VERSION = 1
const MAGIC = Buffer.from('WEIRFOLD')
const WORDS_BYTES = 4 * MEMBER.stride
const HEADER_BYTES = WORDS_BYTES + 4

export function headFrame(): Buffer {
  const payload = Buffer.alloc(MAGIC.length + 4)
  MAGIC.copy(payload)
  payload.writeUInt32LE(STATE_VERSION, MAGIC.length)
  return frame(Kind.head, payload)
}

/** Throws a {@link StateError} if it is no head of this version. */
export function checkHead({ kind, payload }: Frame): void {
  if (kind !== Kind.head || payload.length < MAGIC.length + 4 || !payload.subarray(0, 8).equals(MAGIC))
    throw new StateError('is no file of folds')
  const version = payload.readUInt32LE(MAGIC.length)
  if (version !== STATE_VERSION)
    throw new StateError(`is of version ${version}; this Weir reads version ${STATE_VERSION}`)
}

export function foldFrame(number: number, saved: SavedFold): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(number)
  return frame(Kind.fold, Buffer.concat([head, serialize(saved)]))
}

export function readFold(payload: Buffer): { readonly number: number; readonly saved: SavedFold } {
  return { number: payload.readUInt32LE(0), saved: deserialize(payload.subarray(4)) as SavedFold }
}

/** One member: its words, how many numbers it has, and those. */
export function memberBytes(
  members: Members,
  store: BucketStore,
  member: number,
  hasNumbers: boolean,
): Buffer {
  const base = member * MEMBER.stride
  const { words } = members
  const count = hasNumbers ? words[base + NUMBERS_LENGTH]! : 0
  const bytes = Buffer.alloc(HEADER_BYTES + 8 * count)
  for (let i = 0; i < MEMBER.stride; i++) bytes.writeInt32LE(words[base + i]!, 4 * i)
  bytes.writeUInt32LE(count, WORDS_BYTES)
  const first = words[base + NUMBERS]!
  for (let i = 0; i < count; i++) bytes.writeDoubleLE(store.numbers[first + i]!, HEADER_BYTES + 8 * i)
  return bytes
}

export function membersFrame(members: ReadonlyArray<Buffer>): Buffer {
  return frame(Kind.members, Buffer.concat(members))
}

/** The members of a frame, one after the other; the words are valid until the next. */
export function readMembers(
  payload: Buffer,
  onMember: (words: Int32Array, numbers: Float64Array) => void,
): void {
  const words = new Int32Array(MEMBER.stride)
  for (let at = 0; at + HEADER_BYTES <= payload.length; ) {
    for (let i = 0; i < MEMBER.stride; i++) words[i] = payload.readInt32LE(at + 4 * i)
    const numbers = new Float64Array(payload.readUInt32LE(at + WORDS_BYTES))
    at += HEADER_BYTES
    for (let i = 0; i < numbers.length; i++) numbers[i] = payload.readDoubleLE(at + 8 * i)
    at += 8 * numbers.length
    onMember(words, numbers)
  }
}

export function endFrame(): Buffer {
  return frame(Kind.end, Buffer.alloc(0))
}
