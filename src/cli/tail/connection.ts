import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Door } from '../door.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { readAnswerLine } from '../logs/record.ts'
import { readFrame, type TailFrame } from './frames.ts'

/** How a connection ended. `again`: it is worth coming back. */
export type Ended = { readonly again: boolean; readonly reason: string }

const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** The gateway asks every `heartbeatMs`; this many of them without a sign, and it is gone. */
const SILENCE_BEATS = 3
const HANDSHAKE_MS = 10_000
/** Who leaves says so, and waits no longer than that for a gateway that may not be there any more. */
const GOODBYE_MS = 1000
const CLOSED_FOR_GOOD = new Set([1003, 1007, 1008, 1009])
const BODY_CHARACTERS_MAX = 64 * 1024

function urlOf({ address }: Door, parameters: Readonly<Record<string, string | undefined>>): URL {
  const url = new URL('api/v1/tail', address.endsWith('/') ? address : `${address}/`)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

function headersOf({ token, tenant }: Door): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
  }
}

/** Why the upgrade was refused, in the gateway's words. */
async function refusal(response: IncomingMessage): Promise<CommandError | Ended> {
  const status = response.statusCode ?? 0
  let text = ''
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > BODY_CHARACTERS_MAX) break
  }
  const line = readAnswerLine(text)
  const reason = line?.kind === 'error' ? line.message : 'that is no gateway of Weir.'
  if (status >= 500 || status === 429) return { again: true, reason: `${status}: ${reason}` }
  return new CommandError(EXIT.refused, `${status}: ${reason}`)
}

/**
 * One connection to the gateway: hands on frames as they come, one after the other, and resolves when it has ended. A
 * consumer that takes its time stops the reading. Throws {@link CommandError} for what coming back can't mend.
 */
export async function follow(
  door: Door,
  parameters: Readonly<Record<string, string | undefined>>,
  onFrame: (frame: TailFrame) => Promise<void>,
  signal: AbortSignal,
): Promise<Ended> {
  const socket = new WebSocket(urlOf(door, parameters), {
    headers: headersOf(door),
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
  })
  let goodbye: NodeJS.Timeout | undefined
  const stop = (): void => {
    socket.close(1000)
    goodbye = setTimeout(() => socket.terminate(), GOODBYE_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  let silence: NodeJS.Timeout | undefined
  let beatMs = HANDSHAKE_MS
  const alive = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => socket.terminate(), SILENCE_BEATS * beatMs)
  }
  try {
    return await new Promise<Ended>((resolve, reject) => {
      let taken = Promise.resolve()
      let end: string | undefined
      socket.on('open', alive)
      socket.on('ping', alive)
      socket.on('message', (data) => {
        alive()
        const frame = readFrame(String(data))
        if (frame?.type === 'hello') beatMs = frame.heartbeatMs
        if (frame?.type === 'end') end = frame.reason
        if (frame === undefined) {
          socket.terminate()
          reject(new CommandError(EXIT.failed, 'The gateway sent something that is no frame of a tail.'))
          return
        }
        socket.pause()
        taken = taken.then(() => onFrame(frame)).then(() => socket.resume())
        taken.catch(reject)
      })
      socket.on('unexpected-response', (_request, response) => {
        refusal(response)
          .then((known) => (known instanceof CommandError ? reject(known) : resolve(known)))
          .finally(() => socket.terminate())
      })
      socket.on('error', (error) => {
        const { code } = error as NodeJS.ErrnoException
        resolve({ again: true, reason: `${door.address} does not answer (${code ?? error.message}).` })
      })
      socket.on('close', (code, reason) => {
        const why = end ?? (String(reason) || 'The connection was cut.')
        taken.then(() => resolve({ again: !CLOSED_FOR_GOOD.has(code), reason: why }), reject)
      })
    })
  } finally {
    clearTimeout(silence)
    clearTimeout(goodbye)
    signal.removeEventListener('abort', stop)
    socket.terminate()
  }
}
