/**
 * What the tail of pod logs gives to those who build on it (the hub): lines in the order of the kubelet's file, every
 * line once, and a gap announced before the line that follows it, wherever lines may be missing.
 */
export type ContainerTails = {
  /**
   * Follows a container over its restarts until its pod is gone, or `stop`. One upstream at a time. Throws a
   * `TailRefusal` if too many containers are followed.
   */
  follow(container: ContainerRef, options: FollowOptions, sink: TailSink): TailHandle
}

export type ContainerRef = {
  readonly cluster: string
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
}

export type FollowOptions = {
  readonly start: Start
}

/** Where the first instance is entered; instances that start later are read from their beginning. */
export type Start =
  /** Lines written from now on. */
  | { readonly from: 'now' }
  /** The last lines there are; long lines count more than once, as the kubelet counts. At most 10,000. */
  | { readonly from: 'last'; readonly lines: number }
  /** Lines with a stamp of this whole second (since the epoch) or later, also of the instance before. */
  | { readonly from: 'second'; readonly seconds: number }
  /** All that the kubelet still has of this instance. */
  | { readonly from: 'beginning' }

/** Called in order, synchronously, and never again after the handle's `done`. Must not throw. */
export type TailSink = {
  lines(batch: LineBatch): void
  /** Lines between `from` and `to` may be missing. Comes before the lines after the gap. */
  gap(gap: Gap): void
  state(state: TailState): void
}

export type TailHandle = {
  readonly container: ContainerRef
  readonly state: TailState
  /** Ends the upstream; idempotent. Await `done` before the sink goes. */
  stop(): void
  /** Resolves when nothing will come any more; never rejects. */
  readonly done: Promise<void>
}

/**
 * Lines of one instance, at most some hundred KiB. It belongs to whoever gets it and is never changed: keep it, share it,
 * cut views from it. Line i is `bytes[starts[i] .. starts[i + 1])`, without newline, not checked to be UTF-8. Its CRI
 * stamp is in two words, since 64 bits fit into no number: text of the nanoseconds by `stampText`.
 */
export type LineBatch = {
  readonly instance: InstanceRef
  readonly count: number
  readonly bytes: Buffer
  /** count + 1 offsets. */
  readonly starts: Uint32Array
  /** Since the epoch; the whole seconds. */
  readonly seconds: Uint32Array
  /** Of the second. */
  readonly nanos: Uint32Array
  /** Bits of `LINE_FLAGS`. */
  readonly flags: Uint8Array
}

export const LINE_FLAGS = {
  /** Longer than `lineBytesMax`; the rest is missing. */
  truncated: 1,
  /** The container ended before it wrote the newline. */
  unterminated: 2,
  /** The kubelet gave it without a stamp; it has that of the line before. */
  unstamped: 4,
} as const

export type InstanceRef = { readonly id: string; readonly restartCount: number }

/** A CRI time stamp. */
export type Stamp = { readonly seconds: number; readonly nanos: number }

/**
 * `from` is the stamp of the last line before the gap, `to` of the first after it; undefined: the beginning or the end of
 * the instance, except that a `restarted` gap with both may span instances. Stamps of stdout and stderr in one file may be some milliseconds out of order: look a second further.
 */
export type Gap = {
  readonly instance: InstanceRef
  readonly reason: GapReason
  readonly from: Stamp | undefined
  readonly to: Stamp | undefined
}

export type GapReason =
  /** The line that must come back did not: the kubelet has rotated the file away under a reconnect. */
  | 'rotated'
  /** The container restarted more often than the kubelet keeps logs, or before its rest was read. */
  | 'restarted'
  /** The pod went before its log was read to the end. */
  | 'gone'
  /** The kubelet has the instance, but not its log. */
  | 'unreadable'

export type TailState =
  /** The container has not started. */
  | { readonly name: 'waiting' }
  /** Asked; a container that is silent never leaves this state. */
  | { readonly name: 'opening' }
  | { readonly name: 'live' }
  /** Read every few seconds: too many follows are open. */
  | { readonly name: 'polling' }
  /** The last attempt failed; `problem` is a sentence for users. The next attempt is under way. */
  | { readonly name: 'retrying'; readonly problem: string }
  /** The instance has ended; its rest is read. */
  | { readonly name: 'draining' }
  | { readonly name: 'done'; readonly reason: DoneReason }

/** `failed`: a bug, of the tail or of the sink. */
export type DoneReason = 'stopped' | 'pod_gone' | 'pod_ended' | 'failed'

/** `follow` was asked for more than is allowed. */
export class TailRefusal extends Error {
  override readonly name = 'TailRefusal'
}

/** Nanoseconds since the epoch, in digits. */
export function stampText({ seconds, nanos }: Stamp): string {
  return seconds === 0 ? String(nanos) : `${seconds}${String(nanos).padStart(9, '0')}`
}
