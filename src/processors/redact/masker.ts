import { createHmac } from 'node:crypto'
import type { TextSink } from '../../otlp/text-sink.ts'
import type { Matches } from './matches.ts'

/** What stands in place of what was found. */
export type Masking =
  | { readonly kind: 'text'; readonly text: string }
  /** HMAC-SHA-256 in hexadecimal, shortened: equal values stay equal, and can't be guessed without the key. */
  | { readonly kind: 'hash'; readonly key: string }

export const HASH_PREFIX = 'hmac:'
const HASH_DIGITS = 16
export const PATTERN_PLACE = '{pattern}'

/** Writes values with what was found in them replaced. */
export class Masker {
  /** By the pattern's number; undefined where it is a hash. */
  readonly #texts: ReadonlyArray<Uint8Array> | undefined
  readonly #key: string

  constructor(masking: Masking, names: ReadonlyArray<string>) {
    this.#texts =
      masking.kind === 'text'
        ? names.map((name) => Buffer.from(masking.text.replaceAll(PATTERN_PLACE, name)))
        : undefined
    this.#key = masking.kind === 'hash' ? masking.key : ''
  }

  /** Writes bytes[start, end) with the matches in it replaced, and counts them by pattern. */
  write(
    bytes: Buffer,
    start: number,
    end: number,
    matches: Matches,
    sink: TextSink,
    counts: Float64Array,
  ): void {
    let at = start
    for (let i = 0; i < matches.count; i++) {
      copy(bytes, at, matches.from(i), sink)
      this.#replace(bytes, matches.from(i), matches.to(i), matches.pattern(i), sink)
      counts[matches.pattern(i)]!++
      at = matches.to(i)
    }
    copy(bytes, at, end, sink)
  }

  /** Writes what stands for bytes[start, end) as a whole. */
  writeWhole(bytes: Buffer, start: number, end: number, pattern: number, sink: TextSink): void {
    this.#replace(bytes, start, end, pattern, sink)
  }

  #replace(bytes: Buffer, start: number, end: number, pattern: number, sink: TextSink): void {
    const text = this.#texts?.[pattern] ?? this.#hash(bytes, start, end)
    copy(text, 0, text.length, sink)
  }

  #hash(bytes: Buffer, start: number, end: number): Uint8Array {
    const digest = createHmac('sha256', this.#key).update(bytes.subarray(start, end)).digest('hex')
    return Buffer.from(HASH_PREFIX + digest.slice(0, HASH_DIGITS))
  }
}

function copy(bytes: Uint8Array, start: number, end: number, sink: TextSink): void {
  sink.reserve(end - start)
  const { buffer } = sink
  let { length } = sink
  for (let i = start; i < end; i++) buffer[length++] = bytes[i]!
  sink.length = length
}
