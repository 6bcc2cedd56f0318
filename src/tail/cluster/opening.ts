import type { Container, Pod } from '../kubernetes/pods/pod.ts'
import { secondsOf } from '../seam/mark.ts'
import type { Start } from '../source.ts'

/** From which second a container's log is read for a feed. */
export type OpeningParts = {
  readonly start: Start
  /** When the feed began. */
  readonly beganMs: number
  /** Collectors hold lines for so long. */
  readonly marginMs: number
}

/**
 * Early enough that what lies before is stored already: the newest stored stamp less the margin. Nothing is lost by
 * reading later, since rows that come late are told as such; it would only be told later.
 */
export function openingSecond(
  { start, beganMs, marginMs }: OpeningParts,
  lane: string,
  newestStoredNs: bigint | undefined,
): number {
  const marginSeconds = Math.ceil(marginMs / 1000)
  const recent = Math.floor(beganMs / 1000) - marginSeconds
  return Math.max(0, Math.min(recent, wanted(start, lane, newestStoredNs, marginSeconds) ?? recent))
}

function wanted(
  start: Start,
  lane: string,
  newestStoredNs: bigint | undefined,
  marginSeconds: number,
): number | undefined {
  if (start.kind === 'now') return undefined
  if (start.kind === 'resume') {
    const { marks, writtenNs } = start.containers
    return marks.get(lane)?.seconds ?? secondsOf(writtenNs) - marginSeconds
  }
  const first = secondsOf(start.startNs)
  if (newestStoredNs === undefined) return first
  return Math.max(first, secondsOf(newestStoredNs) - marginSeconds)
}

/** Containers of a pod that may write lines. */
export function followable(pod: Pod): Container[] {
  if (pod.ended) return []
  return pod.containers.filter(({ kind, state }) => kind === 'container' || state !== 'terminated')
}

/** A kubelet looks every 10 s whether to rotate; clocks of nodes may differ from this one by a second or so. */
const PROMPT_SECONDS = 5

/** Nothing that the container wrote can have been rotated away, or lie in an instance that the kubelet has forgotten. */
export function isWhole({ current }: Container, nowMs: number): boolean {
  if (current === undefined) return true
  const { restartCount, startedSeconds = 0 } = current
  return restartCount === 0 && Math.abs(nowMs / 1000 - startedSeconds) < PROMPT_SECONDS
}
