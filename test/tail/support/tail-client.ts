import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'

export type Closed = { readonly code: number; readonly reason: string }

/** A real WebSocket client that keeps what it was told and can be waited for. */
export class TailClient<Frame = Record<string, unknown>> {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<Closed>
  pings = 0
  #look: Array<() => void> = []

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      for (const look of this.#look.splice(0)) look()
    })
    socket.on('ping', () => {
      this.pings++
      for (const look of this.#look.splice(0)) look()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
  }

  /** Rejects with the status and body where the upgrade is refused. */
  static async open<Frame>(
    api: string,
    path: string,
    parameters: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TailClient<Frame>> {
    const query = new URLSearchParams(parameters)
    const socket = new WebSocket(`${api.replace('http', 'ws')}${path}?${query}`, { headers })
    const client = new TailClient<Frame>(socket)
    const refused = once(socket, 'unexpected-response').then(async ([request, response]) => {
      const { statusCode } = response as IncomingMessage
      let body = ''
      for await (const chunk of response as IncomingMessage) body += String(chunk)
      ;(request as { destroy(): void }).destroy()
      throw new Refused(statusCode!, body)
    })
    // `once` rejects when the socket fails, whichever event comes.
    refused.catch(() => undefined)
    await Promise.race([once(socket, 'open'), refused])
    socket.on('error', () => {})
    return client
  }

  /** Resolves once the frames so far meet the condition. */
  async until(condition: (frames: ReadonlyArray<Frame>) => boolean): Promise<ReadonlyArray<Frame>> {
    while (!condition(this.frames)) {
      const change = new Promise<void>((resolve) => this.#look.push(resolve))
      const ended = await Promise.race([change, this.closed])
      if (ended !== undefined && !condition(this.frames))
        throw new Error(`closed before: ${ended.code} ${ended.reason}`)
    }
    return this.frames
  }

  async untilPings(count: number): Promise<void> {
    while (this.pings < count) await new Promise<void>((resolve) => this.#look.push(resolve))
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}

export class Refused extends Error {
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`refused: ${status} ${body}`)
    this.status = status
    this.body = body
  }
}

export type LokiFrame = {
  readonly streams: ReadonlyArray<{
    readonly stream: Readonly<Record<string, string>>
    readonly values: ReadonlyArray<readonly [string, string]>
  }>
  readonly dropped_entries?: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>
    readonly timestamp: string
  }>
}

export const LOKI_TAIL = '/loki/api/v1/tail'
export const NATIVE_TAIL = '/api/v1/tail'

export function lokiLines(frames: ReadonlyArray<LokiFrame>): string[] {
  return frames.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map(([, line]) => line)))
}

export type NativeLine = {
  readonly timestampNs: string
  readonly body: string
  readonly labels: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, string>>
  readonly parsed?: Readonly<Record<string, string>>
  readonly lane: string
  readonly seq: string
  readonly [field: string]: unknown
}
export type NativeFrame = {
  readonly type: 'hello' | 'lines' | 'backfill' | 'gap' | 'drop' | 'pod' | 'source' | 'heartbeat' | 'end'
  readonly lines?: ReadonlyArray<NativeLine> | number
  readonly resume?: string
  readonly [field: string]: unknown
}

export function nativeLines(frames: ReadonlyArray<NativeFrame>): NativeLine[] {
  return frames.flatMap(({ type, lines }) => (type === 'lines' ? (lines as ReadonlyArray<NativeLine>) : []))
}

/** Those that came after their turn. */
export function lateLines(frames: ReadonlyArray<NativeFrame>): NativeLine[] {
  return frames.flatMap(({ type, lines }) =>
    type === 'backfill' ? (lines as ReadonlyArray<NativeLine>) : [],
  )
}

/** The newest place that a client may come back to. */
export function lastResume(frames: ReadonlyArray<NativeFrame>): string {
  return frames.findLast(({ resume }) => resume !== undefined)!.resume!
}
