import { CommandError, EXIT } from './exit-code.ts'
import type { ReadOptions } from './read-command.ts'

/** An API and who asks it. */
export type Door = {
  /** Of the API: `http://127.0.0.1:3100`. */
  readonly address: string
  readonly token: string | undefined
  readonly tenant: string | undefined
}

type Asked = {
  readonly signal: AbortSignal
  readonly form?: URLSearchParams
  readonly query?: Record<string, string | undefined>
}

/** Throws {@link CommandError} for an address that is none; `option` is where it was given. */
export function doorOf(
  { address, token, tenant }: Pick<ReadOptions, 'address' | 'token' | 'tenant'>,
  option = '--address',
): Door {
  // Variables of the environment that are set to nothing are not set.
  if (/^https?:\/\//.test(address) && URL.canParse(address))
    return { address, token: token || undefined, tenant: tenant || undefined }
  throw new CommandError(
    EXIT.refused,
    `${option} ${address} is no address: expected one such as http://127.0.0.1:3100.`,
  )
}

export function headersOf({ token, tenant }: Door): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
  }
}

export function urlOf({ address }: Door, path: string): URL {
  return new URL(path, address.endsWith('/') ? address : `${address}/`)
}

/** Asks for JSON, by POST if there is a form. Throws {@link CommandError} in the gateway's words, or the signal's reason. */
export async function askJson(
  door: Door,
  path: string,
  { form, query = {}, signal }: Asked,
): Promise<unknown> {
  const url = urlOf(door, path)
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  let response: Response
  try {
    const post = form === undefined ? {} : { method: 'POST', body: form }
    response = await fetch(url, { ...post, headers: headersOf(door), signal })
  } catch (error) {
    signal.throwIfAborted()
    const { cause } = error as { cause?: { code?: string } }
    throw new CommandError(
      EXIT.failed,
      `${door.address} does not answer (${cause?.code ?? 'no connection'}): is the gateway running, and is the address right?`,
    )
  }
  const text = await response.text().catch(() => {
    signal.throwIfAborted()
    throw new CommandError(EXIT.failed, `${door.address} has cut its answer off.`)
  })
  const answer = parsed(text)
  if (response.status === 200 && answer !== undefined) return answer
  throw refusal(response.status, answer)
}

/** Undefined if it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(status: number, answer: unknown): CommandError {
  const { error } = (answer ?? {}) as { error?: { message?: unknown; requestId?: unknown } }
  const reason =
    typeof error?.message === 'string'
      ? `${error.message} (request id ${String(error.requestId)})`
      : 'that is no gateway of Weir.'
  return new CommandError(
    status >= 500 || status === 429 ? EXIT.failed : EXIT.refused,
    `${status}: ${reason}`,
  )
}
