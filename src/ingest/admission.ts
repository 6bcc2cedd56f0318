import { Refusal } from '../otlp/refusal.ts'

export type AdmissionOptions = {
  /** `ingest.inFlightRequestsMax` */
  readonly inFlightRequestsMax: number
  /** `ingest.inFlightBytesMax` */
  readonly inFlightBytesMax: number
  /** A sentence saying why nothing more can be taken now (memory, event loop), or undefined. */
  readonly pressure?: () => string | undefined
  /** 0 to 1, spreads the senders' next attempts. */
  readonly random: () => number
}

const RETRY_MIN_MS = 1000
const RETRY_SPREAD_MS = 4000

/**
 * Bounds what all receivers together hold: requests, and the bytes of their bodies, from before a body is
 * buffered until its request is answered.
 */
export class Admission {
  readonly #options: AdmissionOptions
  #requests = 0
  #bytes = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  get requestsInFlight(): number {
    return this.#requests
  }

  get bytesInFlight(): number {
    return this.#bytes
  }

  /** Takes a place for one request; throws {@link Refusal} `overloaded`. The ticket must be released. */
  admit(): Ticket {
    const { inFlightRequestsMax, pressure } = this.#options
    if (this.#requests >= inFlightRequestsMax)
      throw this.#overloaded(
        `${inFlightRequestsMax} requests are in flight (ingest.inFlightRequestsMax); send again later`,
      )
    const sentence = pressure?.()
    if (sentence !== undefined) throw this.#overloaded(sentence)
    this.#requests++
    return new Ticket(
      (bytes, held) => this.#reserve(bytes, held),
      (held) => this.#release(held),
    )
  }

  /** A request that is alone is always taken: refused as overload it would be sent again for ever. */
  #reserve(bytes: number, held: number): void {
    const others = this.#bytes - held
    const { inFlightBytesMax } = this.#options
    if (bytes > held && others > 0 && others + bytes > inFlightBytesMax)
      throw this.#overloaded(
        `requests of ${inFlightBytesMax} bytes are in flight (ingest.inFlightBytesMax); send again later`,
      )
    this.#bytes = others + bytes
  }

  #release(held: number): void {
    this.#bytes -= held
    this.#requests--
    if (this.#bytes < 0 || this.#requests < 0) throw new Error('BUG: more was released than admitted')
  }

  #overloaded(sentence: string): Refusal {
    const retryAfterMs = RETRY_MIN_MS + Math.round(this.#options.random() * RETRY_SPREAD_MS)
    return new Refusal('overloaded', sentence, retryAfterMs)
  }
}

/** One request's share. Released once; what comes later is ignored, so that every path may release. */
export class Ticket {
  readonly #reserve: (bytes: number, held: number) => void
  readonly #giveBack: (held: number) => void
  #bytes = 0
  #released = false

  constructor(reserve: (bytes: number, held: number) => void, giveBack: (held: number) => void) {
    this.#reserve = reserve
    this.#giveBack = giveBack
  }

  /** From now on the request holds `bytes`. Growing throws {@link Refusal} `overloaded` when there is no room. */
  resize(bytes: number): void {
    if (this.#released) return
    this.#reserve(bytes, this.#bytes)
    this.#bytes = bytes
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#giveBack(this.#bytes)
    this.#bytes = 0
  }
}
