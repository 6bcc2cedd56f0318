import { setTimeout as delay } from 'node:timers/promises'
import { type ServiceError, status as Status } from '@grpc/grpc-js'
import { type ExportClient, GoneError } from './export-client.ts'
import type { Random } from './random.ts'
import type { Acknowledgement, RequestBook, SentRequest } from './sent-requests.ts'

/** A sender repeats after these; every other answer would make it throw its data away. */
const RETRYABLE: ReadonlySet<number> = new Set([
  Status.UNAVAILABLE,
  Status.DEADLINE_EXCEEDED,
  Status.RESOURCE_EXHAUSTED,
  Status.CANCELLED,
])

const PATIENT_MS = 10_000

/** Senders that resend the same bytes after every error, until they are told that their data is safe. */
export class Load {
  readonly stats = { attempts: 0, failures: 0, timeouts: 0, again: 0, twins: 0, abandoned: 0 }
  /** What no sender should ever see: an answer that forbids a resend, or a second one unlike the first. */
  readonly complaints: string[] = []
  readonly #book: RequestBook
  readonly #client: ExportClient
  readonly #random: Random
  readonly #senders: Promise<void>[] = []
  #stopping = false
  #aborted = false

  constructor(book: RequestBook, client: ExportClient, random: Random) {
    this.#book = book
    this.#client = client
    this.#random = random
  }

  start(senders: number): void {
    for (let i = 0; i < senders; i++) this.#senders.push(this.#send())
  }

  /** No new requests; resolves when every one under way is acknowledged. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#senders)
  }

  /** For the end of a test that failed: no sender goes on. */
  abort(): void {
    this.#stopping = true
    this.#aborted = true
  }

  async #send(): Promise<void> {
    const random = this.#random
    while (!this.#stopping) {
      const request = this.#book.next()
      if (random.chance(0.05)) {
        // Two copies on the way at once, as after a proxy's repetition.
        this.stats.twins++
        await Promise.all([this.#untilAcknowledged(request, false), this.#untilAcknowledged(request, false)])
      } else await this.#untilAcknowledged(request, true)
      // The answer may have been lost on its way: sent again although it is safe.
      if (request.answer !== undefined && random.chance(0.05)) {
        this.stats.again++
        await this.#untilAcknowledged(request, false)
      }
    }
  }

  async #untilAcknowledged(request: SentRequest, mayGiveUp: boolean): Promise<void> {
    while (!this.#aborted) {
      // Some senders lose patience while the request is still in an open commit.
      const hasty = this.#random.chance(0.1)
      const answer = await this.#attempt(request, hasty ? this.#random.between(5, 40) : PATIENT_MS)
      if (typeof answer === 'object') return this.#acknowledge(request, answer)
      if (answer === 'failed') {
        this.stats.failures++
        if (mayGiveUp && this.#random.chance(0.05)) {
          this.stats.abandoned++
          return
        }
      }
      await delay(this.#random.between(5, 40))
    }
  }

  async #attempt(request: SentRequest, patienceMs: number): Promise<Acknowledgement | 'failed' | 'gone'> {
    try {
      const answer = await this.#client.export(request, patienceMs)
      this.stats.attempts++
      return answer
    } catch (error) {
      if (error instanceof GoneError) return 'gone'
      this.stats.attempts++
      const { code, details } = error as ServiceError
      if (code === Status.DEADLINE_EXCEEDED) this.stats.timeouts++
      if (!RETRYABLE.has(code)) this.complaints.push(`${Status[code]}: ${details}`)
      return 'failed'
    }
  }

  #acknowledge(request: SentRequest, answer: Acknowledgement): void {
    const expected = request.records.filter(({ fate }) => fate === 'too_old').length
    const first = request.answer ?? answer
    request.answer = first
    if (answer.rejected !== expected || answer.message !== first.message)
      this.complaints.push(
        `${expected} records too old, and the answers were ${JSON.stringify([first, answer])}`,
      )
  }
}
