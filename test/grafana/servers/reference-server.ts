import { Child } from '../../support/child.ts'
import { binary, type Program } from './binaries.ts'

/** A server of the same API, in a process of its own. Whoever starts it ends it. */
export type ReferenceServer = {
  readonly url: string
  stop(): Promise<void>
}

/** Starts it, built if need be. Rejects with its last lines if it ends before it listens. */
export async function startReferenceServer(
  program: Program,
  args: ReadonlyArray<string> = [],
): Promise<ReferenceServer> {
  const child = new Child(program, await binary(program), args)
  const stop = async (): Promise<void> => {
    await child.kill('SIGKILL')
  }
  try {
    await child.said('listening on ')
    return { url: /listening on (\S+)/.exec(child.lastLines())![1]!, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Sends one OTLP request in protobuf. Rejects unless all of it was taken. */
export async function send(url: string, body: Uint8Array): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} did not take the request: ${response.status} ${text}`)
}

export type Answer = { readonly status: number; readonly body: unknown }

/** What stands at the address, as JSON. */
export async function read(url: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(
    url,
    form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) },
  )
  return { status: response.status, body: await response.json() }
}
