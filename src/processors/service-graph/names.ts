import { hashField } from '../../otlp/series/murmur.ts'
import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'

/** Of one name; what is longer is cut. */
const NAME_BYTES_MAX = 255
const NAMES_MAX = 50_000
const LETTER = 0x53
/** Names are nobody's: only edges are a tenant's. */
const NO_OWNER = 0

const NOTHING = new Uint8Array(0)
const NO_VIEW = new DataView(NOTHING.buffer)

/** Numbers for the names of services and their peers. Bounded; a name stays while the processor lives. */
export class Names {
  readonly #table = new KeyTable(NAMES_MAX)
  readonly #hash = new Uint32Array(2)
  readonly #texts: Buffer[] = []
  #bytes: Uint8Array = NOTHING
  #view: DataView = NO_VIEW
  /** Two words per name: what edges are hashed from. */
  #words = new Uint32Array(64)

  /** The number of the name that stands there; NO_ENTRY: no room for another. */
  of(bytes: Uint8Array, start: number, end: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    const view = this.#view
    const last = Math.min(end, start + NAME_BYTES_MAX)
    hashField(this.#hash, view, 0, 0, LETTER, view, start, last)
    const low = this.#hash[0]! | 0
    const high = this.#hash[1]! | 0
    const known = this.#table.find(low, high, NO_OWNER)
    if (known !== NO_ENTRY) return known
    const name = this.#table.add(low, high, NO_OWNER)
    if (name === NO_ENTRY) return NO_ENTRY
    this.#words = grown(this.#words, 2 * name + 2)
    this.#words[2 * name] = this.#hash[0]!
    this.#words[2 * name + 1] = this.#hash[1]!
    this.#texts[name] = Buffer.from(bytes.subarray(start, last))
    return name
  }

  /** Lets go of the bytes that were read last. */
  release(): void {
    this.#bytes = NOTHING
    this.#view = NO_VIEW
  }

  textOf(name: number): Buffer {
    return this.#texts[name]!
  }

  /** Writes the two words of a name. */
  putWords(out: Uint32Array, at: number, name: number): void {
    out[at] = this.#words[2 * name]!
    out[at + 1] = this.#words[2 * name + 1]!
  }
}
