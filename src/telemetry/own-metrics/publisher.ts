import type { Logger } from '../logger.ts'
import { familiesOf, ledgerFamilies, type PromFamily } from './families.ts'
import type { LedgerSums } from './ledger-sums.ts'
import { OwnMetricsEncoder, type OwnResource } from './request.ts'

export type OwnMetricsParts = {
  readonly resource: OwnResource
  readonly intervalMs: number
  readonly collect: () => Promise<ReadonlyArray<PromFamily>>
  readonly ledger: LedgerSums
  /** Whether there is room beside users' data. */
  readonly hasRoom: () => boolean
  /** Hands the request to ingest; false if nothing is taken now. */
  readonly generate: (request: Buffer) => boolean
  readonly nowMs: () => number
  readonly log: Pick<Logger, 'warn'>
}

/**
 * Sends the own metrics through ingest, at an interval and not because of anything that came in: so what they count of themselves is the same each
 * time and sets off nothing. While the spool fills up they are left out: the next ones say all that these would have said, but for gauges.
 */
export class OwnMetrics {
  readonly #parts: OwnMetricsParts
  readonly #encoder: OwnMetricsEncoder
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(parts: OwnMetricsParts) {
    this.#parts = parts
    this.#encoder = new OwnMetricsEncoder(parts.resource, parts.nowMs())
  }

  start(): void {
    this.#timer = setInterval(() => void this.publish(), this.#parts.intervalMs).unref()
  }

  /** Never rejects. One at a time: while it runs, another call gets the same. */
  publish(): Promise<void> {
    this.#running ??= this.#publish()
      .catch((error) => this.#parts.log.warn({ err: error }, 'the own metrics could not be sent'))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  async #publish(): Promise<void> {
    const { collect, ledger, hasRoom, generate, nowMs } = this.#parts
    if (!hasRoom()) return
    const families = [...familiesOf(await collect()), ...ledgerFamilies(ledger.all())]
    const { undo, request } = this.#encoder.encode(families, nowMs())
    if (!generate(request)) undo()
  }
}
