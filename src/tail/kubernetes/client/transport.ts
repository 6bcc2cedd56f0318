import type { Readable } from 'node:stream'
import { type Agent, type Dispatcher, errors } from 'undici'
import { type Backoff, backoffMs } from '../backoff.ts'
import { delay, type Timers } from '../timers.ts'
import { type Agents, openAgents } from './agents.ts'
import { refusalError } from './answer.ts'
import { readText } from './body.ts'
import type { Credential } from './credentials.ts'
import { errorText, KubernetesError, type KubernetesErrorCode } from './error.ts'
import type { Right } from './right.ts'
import type { ClusterTarget } from './target.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export type Ask = {
  /** Completes "can't …" in the sentence of a failure. No host, no account. */
  readonly what: string
  readonly right: Right
  readonly method?: 'GET' | 'POST'
  /** With encoded segments. */
  readonly path: string
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal: AbortSignal
}

export type TransportOptions = {
  readonly timers: Timers
  /** Of [0, 1). */
  readonly random: () => number
}

const ATTEMPTS_MAX = 4
const BACKOFF: Backoff = { firstMs: 250, maxMs: 10_000 }
const CALL_TIMEOUT_MS = 30_000
const ERROR_BYTES_MAX = 16 * 1024

/** Requests to one API server: who asks, over which sockets, what a failure means. Knows no resource. */
export class Transport {
  readonly #target: ClusterTarget
  readonly #options: TransportOptions
  #agents: Agents | undefined
  #credential: Credential | undefined
  #closed = false

  constructor(target: ClusterTarget, options: TransportOptions) {
    this.#target = target
    this.#options = options
  }

  /**
   * One answer of at most `bytesMax`, parsed. Failures that may pass are asked again, at most three times with growing
   * pauses, or after what Retry-After says.
   */
  async json(ask: Ask, bytesMax: number): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(ask, bytesMax)
      } catch (error) {
        const failure = this.#failure(ask, error)
        if (!failure.retryable || attempt + 1 >= ATTEMPTS_MAX) throw failure
        const { timers, random } = this.#options
        const pauseMs = failure.retryAfterMs ?? backoffMs(BACKOFF, attempt, random)
        await delay(timers, 'retry', pauseMs, ask.signal)
      }
    }
  }

  /**
   * The body of an answer of 200, for as long as it lasts; its reader handles its end. Asked once: the caller repeats. No
   * timeout, since a kubelet sends no header before the first line: the caller's signal says how long is too long.
   */
  async stream(ask: Ask): Promise<Readable> {
    try {
      const { body } = await this.#send(ask, ask.signal, 0, 'streams')
      // Destroyed while nobody reads, it would throw its error at the process.
      body.on('error', () => undefined)
      return body
    } catch (error) {
      throw this.#failure(ask, error)
    }
  }

  /** What ended a body or a request, as a sentence. */
  failure(what: string, signal: AbortSignal, error: unknown): KubernetesError {
    return this.#failure({ what, signal }, error)
  }

  /** Ends every request. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#drop((agent) => agent.destroy())
  }

  async #once(ask: Ask, bytesMax: number): Promise<unknown> {
    // Not AbortSignal.timeout: its timer would outlive the answer.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new DOMException('no answer', 'TimeoutError')), CALL_TIMEOUT_MS)
    timer.unref()
    try {
      return await this.#answer(ask, AbortSignal.any([ask.signal, late.signal]), bytesMax)
    } finally {
      clearTimeout(timer)
    }
  }

  async #answer(ask: Ask, signal: AbortSignal, bytesMax: number): Promise<unknown> {
    const { body } = await this.#send(ask, signal, CALL_TIMEOUT_MS, 'calls')
    const text = await readText(body, bytesMax)
    if (text === undefined)
      throw this.error('too_large', ask.what, `the answer is larger than ${bytesMax} bytes`)
    try {
      return JSON.parse(text)
    } catch {
      throw this.error('bad_answer', ask.what, 'the answer is no JSON', text.slice(0, 200))
    }
  }

  /** Sent once more with a new credential where the first was not accepted. */
  async #send(
    ask: Ask,
    signal: AbortSignal,
    silenceMsMax: number,
    over: keyof Agents,
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 0; ; attempt++) {
      const credential = await this.#target.credentials.current(signal)
      const response = await this.#agent(credential)[over].request({
        origin: new URL(this.#target.server).origin,
        path: `${new URL(this.#target.server).pathname.replace(/\/$/, '')}${ask.path}${queryText(ask.query)}`,
        method: ask.method ?? 'GET',
        headers: headers(credential, ask.body !== undefined),
        body: ask.body === undefined ? null : JSON.stringify(ask.body),
        signal,
        headersTimeout: silenceMsMax,
        bodyTimeout: silenceMsMax,
      })
      if (response.statusCode >= 200 && response.statusCode < 300) return response
      const refusal = await this.#refusal(ask, response)
      if (refusal.code !== 'unauthorized' || attempt > 0 || !this.#target.credentials.renew()) throw refusal
    }
  }

  async #refusal(ask: Ask, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<KubernetesError> {
    body.on('error', () => undefined)
    const retryAfter = headers['retry-after']
    return refusalError({
      cluster: this.#target.name,
      what: ask.what,
      right: ask.right,
      status: statusCode,
      body: (await readText(body, ERROR_BYTES_MAX).catch(() => undefined)) ?? '',
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    })
  }

  /** Sockets are made anew when the client certificate changes; what runs over the old ones ends in peace. */
  #agent(credential: Credential): Agents {
    if (this.#closed) throw this.error('aborted', 'ask', 'the connection is closed')
    const known = this.#credential
    const same =
      known !== undefined &&
      known.cert === credential.cert &&
      known.key?.reveal() === credential.key?.reveal()
    if (this.#agents !== undefined && same) return this.#agents
    void this.#drop((agent) => agent.close())
    this.#credential = credential
    this.#agents = openAgents(this.#target, credential)
    return this.#agents
  }

  async #drop(end: (agent: Agent) => Promise<void>): Promise<void> {
    const agents = this.#agents
    this.#agents = undefined
    if (agents !== undefined) await Promise.allSettled([end(agents.calls), end(agents.streams)])
  }

  #failure({ what, signal }: Pick<Ask, 'what' | 'signal'>, error: unknown): KubernetesError {
    if (error instanceof KubernetesError) return error
    const detail = errorText(error)
    if (signal.aborted) return this.error('aborted', what, 'it was called off', detail)
    if (isTimeout(error)) return this.error('timeout', what, 'there was no answer in time', detail)
    if (isUntrusted(error))
      return this.error(
        'unreachable',
        what,
        "the API server's certificate is not trusted; look at the certificate authority of this cluster",
        detail,
      )
    return this.error('unreachable', what, 'the connection failed or was cut', detail)
  }

  /** `why` completes the sentence "Cluster …: can't <what>: <why>." */
  error(code: KubernetesErrorCode, what: string, why: string, detail = '', status = 0): KubernetesError {
    return new KubernetesError(code, `Cluster "${this.#target.name}": can't ${what}: ${why}.`, {
      detail,
      status,
    })
  }
}

function headers(credential: Credential, hasBody: boolean): Record<string, string> {
  return {
    accept: 'application/json, */*',
    'user-agent': 'weir',
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(credential.token === undefined ? {} : { authorization: `Bearer ${credential.token.reveal()}` }),
  }
}

function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(key, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters}`
}

function isTimeout(error: unknown): boolean {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) return true
  if (error instanceof errors.ConnectTimeoutError) return true
  return error instanceof Error && error.name === 'TimeoutError'
}

/** Codes of OpenSSL's verification, as Node names them. */
function isUntrusted(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ERR_TLS_CERT_ALTNAME/.test(code)
}
