/** A message that breaks the protobuf wire format or OTLP's message definitions. Nothing of it is taken. */
export class MalformedError extends Error {
  /** Byte offset in the decompressed body; undefined where the message names a path instead. */
  readonly offset: number | undefined

  /** `message` is a sentence for the sender: which message and field, and what is wrong. */
  constructor(message: string, offset: number | undefined) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`)
    this.name = 'MalformedError'
    this.offset = offset
  }
}
