import type { ServerResponse } from 'node:http'
import type { CriLog } from './cri-log.ts'
import { KubeletReader, type LogQuery } from './kubelet-reader.ts'

/** How a log request is answered otherwise than by a healthy kubelet. A row of the table of behaviours. */
export type LogBehaviour = {
  /** Answered at once with a Status. */
  readonly refuse?: { readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  /** Headers and body wait for it. */
  readonly hold?: Promise<void>
  /** What happens instead of the next byte, once so many bytes of the body were sent. */
  readonly afterBytes?: number
  readonly fault?: /** The connection is cut; mid-line, if the bytes say so. */
    | 'reset'
    /** A clean end, as a proxy makes one. */
    | 'end'
    /** Nothing any more, on an open connection; with 0 bytes not even headers. */
    | 'silence'
    /** What a kubelet writes when it fails after the first byte. Without `afterBytes`: once the file is read. */
    | { readonly errorText: string }
}

/** One log request under way. */
export class LogResponse {
  readonly query: LogQuery
  readonly container: string
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #behaviour: LogBehaviour
  readonly #running: () => boolean
  readonly #reader: KubeletReader
  #bytes = 0
  #over = false
  #silent = false

  constructor(
    container: string,
    query: LogQuery,
    log: CriLog,
    response: ServerResponse,
    behaviour: LogBehaviour,
    running: () => boolean,
  ) {
    this.container = container
    this.query = query
    this.#response = response
    this.#behaviour = behaviour
    this.#running = running
    this.#reader = new KubeletReader(log, query, (bytes) => this.#write(bytes))
    const unsubscribe = log.onChange(() => this.pump())
    this.ended = new Promise((resolve) => {
      response.on('close', () => {
        this.#over = true
        unsubscribe()
        this.#reader.close()
        resolve()
      })
    })
  }

  get isOpen(): boolean {
    return !this.#over
  }

  /** Reads on, as after a change of the file. */
  pump(): void {
    if (this.#over) return
    const full = this.#reader.pump()
    const { fault } = this.#behaviour
    if (typeof fault === 'object' && this.#behaviour.afterBytes === undefined) this.#fail(fault.errorText)
    else if (full || !this.query.follow || !this.#running()) this.end()
  }

  reset(): void {
    if (this.#over) return
    this.#over = true
    // What was written so far is sent first: a cut does not undo bytes.
    if (this.#response.headersSent) this.#response.write('', () => this.#response.socket?.destroy())
    else this.#response.destroy()
  }

  end(): void {
    if (this.#over || this.#silent) return
    this.#over = true
    this.#head()
    this.#response.end()
  }

  /** Nothing more is shown, on an open connection: a kubelet that lost its watch after a rotation. */
  silence(): void {
    this.#silent = true
  }

  #fail(text: string): void {
    if (this.#over) return
    this.#over = true
    this.#head()
    this.#response.end(text)
  }

  #write(bytes: Buffer): void {
    if (this.#over || this.#silent) return
    const { afterBytes = Number.MAX_SAFE_INTEGER, fault } = this.#behaviour
    const room = fault === undefined ? bytes.length : afterBytes - this.#bytes
    const sent = bytes.subarray(0, Math.max(0, room))
    this.#bytes += sent.length
    if (sent.length > 0) {
      this.#head()
      this.#response.write(sent)
    }
    if (sent.length === bytes.length || fault === undefined) return
    if (fault === 'reset') this.reset()
    else if (fault === 'end') this.end()
    else if (fault === 'silence') this.silence()
    else this.#fail(fault.errorText)
  }

  #head(): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': 'text/plain' })
  }
}
