import { loadConfig } from '../../../src/config/load.ts'
import type { Config } from '../../../src/config/schema.ts'
import type { Authenticator, Surroundings } from '../../../src/tenancy/authentication.ts'
import { createAuthenticator } from '../../../src/tenancy/authenticator.ts'
import { Credentials } from '../../../src/tenancy/credentials.ts'
import { loadOptions } from '../../config/load-options.ts'

/** Clocks that a test moves. They never stand at 0, which real ones don't either. */
export type Clocks = { wallMs: number; steadyMs: number }

export function clocks(): Clocks {
  return { wallMs: Date.now(), steadyMs: 1_000_000 }
}

export type TestAuthenticator = {
  readonly config: Config
  readonly authenticator: Authenticator
  /** The name of the caller of this bearer token, or the status and sentence it is refused with. */
  ask(token: string): Promise<string>
}

/** The authenticator of a config. `moved` are its clocks. */
export function authenticatorOf(yaml: string, moved: Clocks = clocks()): TestAuthenticator {
  const { config } = loadConfig(yaml, loadOptions())
  const surroundings: Surroundings = { wallMs: () => moved.wallMs, steadyMs: () => moved.steadyMs, fetch }
  const authenticator = createAuthenticator(config, new Credentials(config.credentials), surroundings)
  return {
    config,
    authenticator,
    async ask(token) {
      const { caller, refused } = await authenticator.authenticate({ authorization: `Bearer ${token}` })
      return caller?.name ?? `${refused?.status} ${refused?.message}`
    },
  }
}
