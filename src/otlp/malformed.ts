/** A message that breaks the protobuf wire format or OTLP's message definitions. Nothing of it is taken. */
export class MalformedError extends Error {
  /** Byte offset in the decompressed body. */
  readonly offset: number

  /** `message` is a sentence for the sender: which message and field, and what is wrong. */
  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`)
    this.name = 'MalformedError'
    this.offset = offset
  }
}
