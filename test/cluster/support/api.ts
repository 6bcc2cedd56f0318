import { Agent, request } from 'node:https'
import type { Identity } from '../../tail/support/certificates.ts'

export type Answer = { readonly status: number; readonly body: Buffer }

export type Call = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** The API of a real server in the name of one user, by Node's own client: nothing of what is tested. */
export class Api {
  readonly #server: string
  readonly #agent: Agent

  /** `server` as `https://HOST:PORT`. */
  constructor(server: string, ca: string, identity: Identity) {
    this.#server = server
    this.#agent = new Agent({ ...identity, ca, keepAlive: true })
  }

  /** Whatever the answer is. Rejects if there is none. */
  async ask({ method = 'GET', path, body }: Call): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    return await new Promise((resolve, reject) => {
      const asked = request(
        `${this.#server}${path}`,
        { method, agent: this.#agent, headers: { 'content-type': type } },
        (response) => {
          response
            .toArray()
            .then((chunks) => resolve({ status: response.statusCode!, body: Buffer.concat(chunks) }), reject)
        },
      )
      asked.on('error', reject)
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** Makes an object, unless there is one of its name. */
  async ensure(path: string, body: object): Promise<void> {
    const { status, body: answer } = await this.ask({ method: 'POST', path, body })
    if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status} ${answer}`)
  }

  /** The object of the answer, which must be no refusal. */
  async do(call: Call): Promise<KubernetesObject> {
    const { status, body } = await this.ask(call)
    if (status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path}: ${status} ${body}`)
    return JSON.parse(body.toString()) as KubernetesObject
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** As much of an object as the tests look at. */
export type KubernetesObject = {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string }
  readonly status?: { readonly token?: string; readonly allowed?: boolean }
}
