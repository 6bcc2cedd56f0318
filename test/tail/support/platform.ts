import { loopbackServer } from '../../tenancy/support/loopback-server.ts'

/** A platform that knows the cookies of its users, until it forgets them or is down. */
export type Platform = {
  readonly url: string
  /** By token. */
  readonly users: Map<
    string,
    { readonly tenants: ReadonlyArray<string>; readonly scopes: ReadonlyArray<string> }
  >
  isDown: boolean
  /** Resolves after so many more requests. */
  asked(times: number): Promise<void>
  stop(): Promise<void>
}

export async function startPlatform(): Promise<Platform> {
  let heard = (): void => {}
  const server = await loopbackServer((request, response) => {
    const token = /loco_token=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    const user = platform.users.get(token)
    const status = platform.isDown ? 500 : user === undefined ? 401 : 200
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...user, name: 'ada' }))
    heard()
  })
  const platform: Platform = {
    url: server.url,
    users: new Map(),
    isDown: false,
    async asked(times) {
      const from = server.arrived.length
      while (server.arrived.length < from + times)
        await new Promise<void>((resolve) => {
          heard = resolve
        })
    },
    stop: () => server.stop(),
  }
  return platform
}
