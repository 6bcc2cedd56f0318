import type { KubernetesClient } from '../client/client.ts'
import type { KubernetesError } from '../client/error.ts'
import type { ContainerRef } from '../contract.ts'
import type { PodView } from '../pods/pod-view.ts'
import type { Timers } from '../timers.ts'
import type { TailLimits } from './limits.ts'

/** Limits and patience of the tail. */
export type TailOptions = {
  /** Containers followed at once; `follow` refuses more. */
  readonly containersMax: number
  /** Open follows per node: each costs its kubelet an inotify instance, of which a node often has 128 in all. */
  readonly followsPerNodeMax: number
  /** Open follows per cluster. */
  readonly followsMax: number
  /** Log requests opened per second and cluster; the API server does not limit them. */
  readonly opensPerSecond: number
  /** The rest of a longer line is cut off. The kubelet knows no limit. */
  readonly lineBytesMax: number
  /** Lines remembered for a reconnect; see `overlapSeconds`. */
  readonly windowLinesMax: number
  /** How far a reconnect goes back before the last line. */
  readonly overlapSeconds: number
  /** A follow is renewed after half to all of it; the kubelet cuts it after 4 h. */
  readonly lifetimeMs: number
  /** Silence after which the log is compared, at the earliest. */
  readonly stallMs: number
  /** How often it is compared at most, later up to ten times as seldom. */
  readonly stallCheckMs: number
  /** What a stream may take to show a line that a comparison found. */
  readonly stallGraceMs: number
  /** A follow of an instance that has ended is closed after this long. */
  readonly endGraceMs: number
  /** Pause between two reads where no follow is open. */
  readonly pollMs: number
  /** How long a node's follows are polled after it ran out of inotify instances. */
  readonly exhaustedMs: number
}

export const TAIL_DEFAULTS: TailOptions = {
  containersMax: 5000,
  followsPerNodeMax: 64,
  followsMax: 1000,
  opensPerSecond: 20,
  lineBytesMax: 256 * 1024,
  windowLinesMax: 65_536,
  overlapSeconds: 3,
  lifetimeMs: 3_600_000,
  stallMs: 20_000,
  stallCheckMs: 60_000,
  stallGraceMs: 2_000,
  endGraceMs: 10_000,
  pollMs: 3_000,
  exhaustedMs: 300_000,
}

/** What the tail of one cluster uses. */
export type ClusterDeps = {
  readonly client: KubernetesClient
  readonly view: PodView
  readonly limits: TailLimits
  readonly options: TailOptions
  readonly timers: Timers
  /** Of [0, 1). */
  readonly random: () => number
  /** What went wrong, with its detail, for the log. */
  readonly onProblem: (container: ContainerRef, error: KubernetesError) => void
}
