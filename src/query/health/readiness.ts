/** How one part of the gateway does. Given to users: `detail` is a sentence of ours, never a database's text. */
export type PartState = {
  readonly name: string
  readonly state: 'starting' | 'up' | 'down' | 'stopping'
  readonly detail?: string
}

/** The part that decides whether traffic is welcome. */
export const INGEST_PART = 'ingest'

export type Readiness = {
  /** The store (ClickHouse) has answered for the first time. */
  storeAnswered(): void
  check(): ReadinessReport
}

export type ReadinessReport = {
  /** Ingest accepts, and the store has answered once or the grace after the start is over. */
  readonly ready: boolean
  /** No part is down, starting or stopping. */
  readonly allUp: boolean
  readonly parts: ReadonlyArray<PartState>
  /** Why not ready, one sentence; empty when ready. */
  readonly reason: string
}

export const STORE_GRACE_MS = 30_000

/**
 * `starting` → (the store has answered, or `graceMs` passed) → `open`; never back. While starting, a gateway is
 * not ready, so that a rollout with a wrong database address doesn't go on to replace gateways that work; after
 * the grace the spool takes over, because refusing telemetry for a database's sake would lose it.
 */
export function createReadiness(options: {
  readonly parts: () => ReadonlyArray<PartState>
  readonly nowMs: () => number
  readonly graceMs?: number
}): Readiness {
  const { parts, nowMs, graceMs = STORE_GRACE_MS } = options
  const openAtMs = nowMs() + graceMs
  let open = false

  function reasonOf(states: ReadonlyArray<PartState>): string {
    if (!open) return 'Waiting for the first answer of ClickHouse.'
    const ingest = states.find(({ name }) => name === INGEST_PART)
    if (ingest === undefined) return 'Ingest is not running.'
    if (ingest.state === 'up') return ''
    return ingest.detail ?? `Ingest is ${ingest.state}.`
  }

  return {
    storeAnswered() {
      open = true
    },
    check() {
      const states = parts()
      open ||= nowMs() >= openAtMs
      const reason = reasonOf(states)
      return {
        ready: reason === '',
        allUp: open && states.every(({ state }) => state === 'up'),
        parts: states,
        reason,
      }
    },
  }
}
