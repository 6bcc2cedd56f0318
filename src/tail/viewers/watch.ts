import type { Config } from '../../config/schema.ts'
import { ApiError } from '../../query/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { CLOSE } from './close-reason.ts'
import type { Viewer } from './viewer.ts'

export type WatchOptions = Pick<Config['tail'], 'blockedMsMax' | 'pingIntervalMs' | 'accessCheckMs'>

export type Watched = {
  readonly tenantIds: ReadonlyArray<string>
  readonly requestId: string
  readonly socket: { on(event: 'pong', listener: () => void): unknown }
  readonly tenants: () => Promise<ReadonlyArray<string>>
}

/** The place of a viewer. */
export type WatchedPlace = {
  /** A token. */
  resume(): string
  /** Frames of lines have none: it comes soon after them. */
  readonly isOwed: boolean
}

type State = Watched & {
  readonly place: WatchedPlace
  nextPingMs: number
  nextCheckMs: number
  unanswered: number
  isChecking: boolean
}

const TICK_MS_MAX = 1000
const UNANSWERED_MAX = 2

/**
 * Looks after all viewers with one timer: are they there, do they read, may they still? A timer of its own for each of
 * thousands would be thousands of timers.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #log: Logger
  readonly #nowMs: () => number
  readonly #viewers = new Map<Viewer, State>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: WatchOptions, { log, nowMs }: { readonly log: Logger; readonly nowMs: () => number }) {
    this.#options = options
    this.#log = log
    this.#nowMs = nowMs
  }

  get size(): number {
    return this.#viewers.size
  }

  add(viewer: Viewer, watched: Watched, place: WatchedPlace): void {
    const now = this.#nowMs()
    const { pingIntervalMs, accessCheckMs } = this.#options
    const state: State = {
      tenantIds: watched.tenantIds,
      requestId: watched.requestId,
      socket: watched.socket,
      tenants: watched.tenants,
      place,
      nextPingMs: now + pingIntervalMs,
      nextCheckMs: now + accessCheckMs,
      unanswered: 0,
      isChecking: false,
    }
    watched.socket.on('pong', () => {
      state.unanswered = 0
    })
    this.#viewers.set(viewer, state)
    this.#timer ??= setInterval(() => this.#tick(), Math.min(TICK_MS_MAX, pingIntervalMs, accessCheckMs))
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Resolves when every viewer is gone. */
  async closeAll(code: number, reason: string): Promise<void> {
    const viewers = [...this.#viewers.keys()]
    for (const viewer of viewers) viewer.close(code, reason)
    await Promise.all(viewers.map((viewer) => viewer.gone))
  }

  #tick(): void {
    const now = this.#nowMs()
    const { blockedMsMax, pingIntervalMs, accessCheckMs } = this.#options
    for (const [viewer, state] of this.#viewers) {
      const since = viewer.blockedSinceMs()
      if (since !== undefined && now - since >= blockedMsMax)
        viewer.close(
          CLOSE.tryAgainLater,
          `The client has read nothing for ${Math.round(blockedMsMax / 1000)} s.`,
        )
      else if (now >= state.nextPingMs) {
        state.nextPingMs = now + pingIntervalMs
        if (state.unanswered >= UNANSWERED_MAX)
          viewer.close(CLOSE.tryAgainLater, 'The client answers no ping.')
        else this.#ping(viewer, state)
      }
      if (state.place.isOwed && viewer.owesToken) viewer.heartbeat(() => state.place.resume())
      if (now >= state.nextCheckMs && !state.isChecking) {
        state.nextCheckMs = now + accessCheckMs
        void this.#check(viewer, state)
      }
    }
  }

  #ping(viewer: Viewer, state: State): void {
    state.unanswered++
    viewer.ping()
    viewer.heartbeat(() => state.place.resume())
  }

  /** Ends the tail of who may no longer read. Who can't be asked does not know that it is over: nothing ends then. */
  async #check(viewer: Viewer, state: State): Promise<void> {
    state.isChecking = true
    try {
      const tenantIds = await state.tenants()
      if (JSON.stringify(tenantIds) !== JSON.stringify(state.tenantIds))
        viewer.close(CLOSE.policy, 'The credential reads other tenants now: connect again.')
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        this.#log.info({ requestId: state.requestId, code: error.code }, 'a tail ends: access was revoked')
        viewer.close(CLOSE.policy, `Access was revoked: ${error.message}`)
      } else
        this.#log.warn({ requestId: state.requestId, err: error }, 'access of a tail could not be checked')
    } finally {
      state.isChecking = false
    }
  }
}
