import type { Database } from '../../../../src/store/database.ts'
import { TEST_SECRETS } from '../../../support/engine.ts'

export type RawAnswer = { readonly status: number; readonly text: string; readonly bytes: Buffer }

/** A ClickHouse asked by plain HTTP, past all of Weir's client code: the tests' own view of it. */
export type Raw = {
  readonly origin: string
  /** With the secret path. */
  readonly url: string
  /** As user `weir`. */
  ask(sql: string, query?: string): Promise<RawAnswer>
  post(url: string, sql: string, headers: Record<string, string>): Promise<RawAnswer>
}

export async function openRaw(engine: { readonly writer: Database }): Promise<Raw> {
  const [ports] = await engine.writer.rows<{ http: number }>("SELECT getServerPort('http_port') AS http")
  const origin = `http://127.0.0.1:${ports!.http}`
  const url = `${origin}/${TEST_SECRETS.path}`

  async function post(target: string, sql: string, headers: Record<string, string>): Promise<RawAnswer> {
    const response = await fetch(target, { method: 'POST', body: sql, headers })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, text: bytes.toString('utf8'), bytes }
  }
  return {
    origin,
    url,
    ask: (sql, query = '') => post(`${url}?database=weir&${query}`, sql, basic('weir', TEST_SECRETS.writer)),
    post,
  }
}

export function basic(user: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}
