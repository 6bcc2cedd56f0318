import { randomBytes } from 'node:crypto'
import { encodeTracesRequest, stringAttributes } from '../../otlp/proto.ts'

export const BOUNDS_SECONDS = [0.01, 0.1, 1]
const NAMES = ['GET /cart', 'POST /orders', 'SELECT', 'render']
const SERVICES = ['shop', 'billing', 'mail']
const DURATIONS_MS = [0, 10, 11, 100, 250, 1000, 1001, 60_000]

/** What one operation must have been counted as. */
export type Known = { calls: number; seconds: number; buckets: number[] }

/** Requests of spans, and the plain truth about them. */
export class KnownSpans {
  readonly truth = new Map<string, Known>()
  #made = 0

  get spans(): number {
    return [...this.truth.values()].reduce((sum, { calls }) => sum + calls, 0)
  }

  /** A request of this many spans, which differ from all others. */
  request(spans: number): Buffer {
    const now = BigInt(Date.now()) * 1_000_000n
    const resourceSpans = SERVICES.map((service, s) => ({
      resource: {
        attributes: stringAttributes({
          'service.name': service,
          'k8s.pod.name': `${service}-${this.#made % 3}`,
        }),
      },
      scopeSpans: [
        {
          spans: Array.from({ length: Math.ceil(spans / SERVICES.length) }, () => {
            const i = this.#made++
            const name = NAMES[i % NAMES.length]!
            const kind = 1 + (i % 5)
            const code = (i % 7) % 3
            const ms = DURATIONS_MS[(i * 5 + s) % DURATIONS_MS.length]!
            this.#count(`${service} ${name} ${kind} ${code}`, ms / 1000)
            const startTimeUnixNano = now + BigInt(i)
            return {
              traceId: randomBytes(16),
              spanId: randomBytes(8),
              name,
              kind,
              status: { code },
              startTimeUnixNano,
              endTimeUnixNano: startTimeUnixNano + BigInt(ms) * 1_000_000n,
            }
          }),
        },
      ],
    }))
    return encodeTracesRequest({ resourceSpans })
  }

  #count(key: string, seconds: number): void {
    let known = this.truth.get(key)
    if (known === undefined) {
      known = { calls: 0, seconds: 0, buckets: [0, 0, 0, 0] }
      this.truth.set(key, known)
    }
    known.calls++
    known.seconds += seconds
    const bucket = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound)
    known.buckets[bucket < 0 ? BOUNDS_SECONDS.length : bucket]!++
  }
}
