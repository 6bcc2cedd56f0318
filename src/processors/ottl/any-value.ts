import { ValueKind } from '../../otlp/slots.ts'
import { field, nextField, readValue } from '../../otlp/text/read-value.ts'

const VALUES = 1
const KEY = 1
const VALUE = 2

/**
 * Walks the members of an ArrayValue or a KeyValueList (opentelemetry/proto/common/v1). One mutable object that
 * is reused, so that walking allocates nothing.
 */
export class ValueReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #position = 0
  #end = 0
  readonly #value = new Uint32Array(3)
  /** Of the pair found last. */
  keyStart = 0
  keyEnd = 0

  /** Starts on the bytes of an ArrayValue or a KeyValueList. */
  enter(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#position = start
    this.#end = end
  }

  /** Kind and range of the value found last, with the meaning of `ATTRIBUTE.kind`, `valueStart`, `valueEnd`. */
  get kind(): number {
    return this.#value[0]!
  }

  get start(): number {
    return this.#value[1]!
  }

  get end(): number {
    return this.#value[2]!
  }

  /** Moves to the next element of an ArrayValue; false at the end. */
  nextItem(): boolean {
    if (!this.#nextMember()) return false
    readValue(this.#bytes, field.start, field.end, this.#value, 0)
    return true
  }

  /** Moves to the next pair of a KeyValueList; false at the end. */
  nextPair(): boolean {
    if (!this.#nextMember()) return false
    const end = field.end
    this.keyStart = 0
    this.keyEnd = 0
    for (let at = field.start; nextField(this.#bytes, at, end); ) {
      at = field.end
      if (field.number === KEY) {
        this.keyStart = field.start
        this.keyEnd = at
      } else if (field.number === VALUE) readValue(this.#bytes, field.start, at, this.#value, 0)
    }
    return true
  }

  #nextMember(): boolean {
    this.#value.fill(ValueKind.empty)
    while (nextField(this.#bytes, this.#position, this.#end)) {
      this.#position = field.end
      if (field.number === VALUES) return true
    }
    return false
  }
}
