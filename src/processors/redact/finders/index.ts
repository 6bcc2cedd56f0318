import { email } from './email.ts'
import type { Finder } from './finder.ts'
import { creditCard, ipv4 } from './numbers.ts'
import { secretValue, urlPassword } from './secrets.ts'
import { awsKey, bearer, jwt, privateKey } from './tokens.ts'

/** The built-in patterns. Where two begin at the same byte, the first goes. */
export const FINDERS: ReadonlyArray<Finder> = [
  privateKey,
  urlPassword,
  secretValue,
  bearer,
  jwt,
  awsKey,
  creditCard,
  email,
  ipv4,
]

/** Those that are looked for unless the configuration says otherwise: addresses are no secret for everybody. */
export const USUAL = FINDERS.filter((finder) => finder !== ipv4).map(({ name }) => name)
