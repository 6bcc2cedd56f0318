import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { CommandError, EXIT } from '../../exit-code.ts'
import { MARK } from '../ledger/stamp.ts'
import type { Sink, Written } from './sink.ts'

export type OtlpOptions = {
  /** Of OTLP/HTTP: `http://127.0.0.1:4318`. */
  readonly endpoint: string
  readonly token: string | undefined
  /** `service.instance.id`. */
  readonly writer: string
  readonly note: (text: string) => void
}

const SEVERITY = { severityNumber: 9, severityText: 'INFO' }
const BACKOFF_MS = { first: 200, most: 5_000 }
const REQUEST_MS = 30_000

const stringAttribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

const answered = z.looseObject({
  partialSuccess: z
    .looseObject({
      rejectedLogRecords: z.union([z.string(), z.number()]).optional(),
      errorMessage: z.string().optional(),
    })
    .optional(),
})

function requestOf(writer: string, lines: ReadonlyArray<Written>): string {
  const logRecords = lines.map(({ text, ns }) => ({
    timeUnixNano: String(ns),
    observedTimeUnixNano: String(ns),
    ...SEVERITY,
    body: { stringValue: text },
  }))
  const attributes = [stringAttribute('service.name', MARK), stringAttribute('service.instance.id', writer)]
  return JSON.stringify({
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: MARK }, logRecords }] }],
  })
}

/** A sender's rules: these statuses are asked again, others never. */
const PASSING = new Set([429, 502, 503, 504])

/**
 * Sends lines over OTLP/HTTP, a request after the other, each until it is acknowledged. What is sent again is the same bytes, so a
 * gateway whose answer got lost does not take it twice.
 */
export function otlpSink({ endpoint, token, writer, note }: OtlpOptions): Sink {
  const url = new URL('v1/logs', endpoint.endsWith('/') ? endpoint : `${endpoint}/`)
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }

  /** Undefined: taken; else why it has to be sent again. */
  async function attempt(body: string, signal: AbortSignal): Promise<string | undefined> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)])
    let status: number
    let text: string
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal: patience })
      status = response.status
      text = await response.text()
    } catch (error) {
      signal.throwIfAborted()
      const { cause } = error as { cause?: { code?: string } }
      return `${endpoint} does not answer (${cause?.code ?? (error as Error).name}).`
    }
    if (PASSING.has(status)) return `${endpoint} answers ${status}.`
    if (status !== 200)
      throw new CommandError(EXIT.refused, `${endpoint} refuses the lines: ${status} ${text}`)
    const rejected = rejectedOf(text)
    if (rejected !== undefined)
      throw new CommandError(
        EXIT.refused,
        `${endpoint} has rejected ${rejected.count} lines: ${rejected.message}`,
      )
    return undefined
  }

  return {
    async write(lines, signal) {
      const body = requestOf(writer, lines)
      let problem: string | undefined
      for (let waitMs = BACKOFF_MS.first; ; waitMs = Math.min(waitMs * 2, BACKOFF_MS.most)) {
        const again = await attempt(body, signal)
        if (again === undefined) break
        if (problem === undefined) note(`${again} Sends again.`)
        problem = again
        await delay(waitMs, undefined, { signal })
      }
      if (problem !== undefined) note(`${endpoint} takes lines again.`)
    },
    async close() {},
  }
}

function rejectedOf(text: string): { readonly count: string; readonly message: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CommandError(EXIT.refused, 'What answers is no receiver of OTLP.')
  }
  const { rejectedLogRecords = 0, errorMessage = '' } = answered.parse(value).partialSuccess ?? {}
  const count = String(rejectedLogRecords)
  return count === '0' ? undefined : { count, message: errorMessage }
}
