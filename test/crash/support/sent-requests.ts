import type { Signal } from '../../../src/otlp/batch.ts'
import type { Random } from './random.ts'
import { SIGNAL_FORMS, SIGNALS } from './signals/index.ts'

const DAY_MS = 86_400_000
/** Of the age that a `too_old` record has; the default retention is 30 days. */
const TOO_OLD_DAYS = 100
const SERVICES = ['shop', 'pay', 'mail', 'search'] as const

/** What shall become of a record: kept in today's or yesterday's partition, dropped by the rule (of logs), or rejected. */
export type Fate = 'today' | 'yesterday' | 'dropped' | 'too_old'

export type SentRecord = {
  readonly number: number
  /** Of the book. */
  readonly name: string
  readonly filler: string
  readonly service: string
  readonly timeUnixNano: bigint
  readonly fate: Fate
}

export type Acknowledgement = { readonly rejected: number; readonly message: string }

/** One request, and what its sender knows of it. */
export type SentRequest = {
  readonly signal: Signal
  readonly bytes: Buffer
  readonly records: ReadonlyArray<SentRecord>
  /** The first answer; undefined while there is none. */
  answer: Acknowledgement | undefined
}

/** Makes requests of records that are numbered through; remembers all of them. */
export class RequestBook {
  readonly requests: SentRequest[] = []
  readonly #name: string
  readonly #random: Random
  readonly #signals: ReadonlyArray<Signal>
  #records = 0

  /** `name` begins every label, so that two books can share a database. */
  constructor(name: string, random: Random, signals: ReadonlyArray<Signal> = SIGNALS) {
    this.#name = name
    this.#random = random
    this.#signals = signals
  }

  get records(): number {
    return this.#records
  }

  next(): SentRequest {
    const random = this.#random
    const signal = random.pick(this.#signals)
    const mixed = random.chance(0.5)
    const count = random.chance(0.1) ? random.between(100, 300) : random.between(1, 40)
    const services = random.chance(0.3)
      ? [random.pick(SERVICES), random.pick(SERVICES)]
      : [random.pick(SERVICES)]
    const nowMs = Date.now()
    const records: SentRecord[] = []
    for (let i = 0; i < count; i++) {
      // The first is always kept, so that a stored request can be told from one that was not.
      const fate = i === 0 ? 'today' : this.#fate(mixed, signal)
      records.push(this.#record(fate, nowMs, services[i % services.length]!))
    }
    const request: SentRequest = {
      signal,
      bytes: SIGNAL_FORMS[signal].encode(records),
      records,
      answer: undefined,
    }
    this.requests.push(request)
    return request
  }

  #fate(mixed: boolean, signal: Signal): Fate {
    if (!mixed) return 'today'
    const dice = this.#random.next()
    if (dice < 0.2) return 'yesterday'
    if (dice < 0.3 && signal === 'logs') return 'dropped'
    return dice < 0.4 ? 'too_old' : 'today'
  }

  #record(fate: Fate, nowMs: number, service: string): SentRecord {
    const number = this.#records++
    const ageDays = fate === 'yesterday' ? 1 : fate === 'too_old' ? TOO_OLD_DAYS : 0
    return {
      number,
      name: this.#name,
      filler: String(number).repeat(this.#random.between(1, 30)),
      service,
      timeUnixNano: BigInt(nowMs - ageDays * DAY_MS) * 1_000_000n + BigInt(number % 1_000_000),
      fate,
    }
  }
}

/** The number that stands in a row's label, after the name of the book that made it. */
export function numberOf(name: string, label: string): number {
  const [prefix, number] = label.split(' ', 2)
  if (prefix !== name) throw new Error(`a row of nobody's: ${label.slice(0, 100)}`)
  return Number(number)
}
