export type Question = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Of the answer's body, decompressed. */
  readonly bytesMax: number
}

/** `text` is empty unless the status is 200. */
export type Reply = { readonly status: number; readonly text: string }

/**
 * One HTTP call with bounds on time and size. Redirects are not followed: what goes along is a credential. Rejects
 * with an error for the log, which names the URL and no header.
 */
export async function ask(fetchIt: typeof fetch, question: Question): Promise<Reply> {
  const { url, method, headers, timeoutMs, bytesMax } = question
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetchIt(url, { method, headers, redirect: 'manual', signal })
    if (response.status === 200) return { status: 200, text: await readText(response, bytesMax) }
    await response.body?.cancel()
    return { status: response.status, text: '' }
  } catch (error) {
    throw new Error(`${method} ${url} failed`, { cause: error })
  }
}

async function readText({ body }: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop cancels what has not arrived.
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error(`the answer is bigger than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}
