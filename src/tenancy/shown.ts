/** Request headers by lower-case name, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** A credential as it was sent: printable ASCII without spaces, at most {@link SHOWN_LENGTH_MAX} characters. */
export type Shown = { readonly token: string; readonly from: 'authorization' | 'cookie' }
/** A sentence for whoever sent none that can be read. */
type Missing = { readonly token?: never; readonly missing: string }

/** Tokens that are signed may be longer than static ones: they hold their claims. */
const SHOWN_LENGTH_MAX = 8192
const BEARER = /^Bearer +([!-~]+) *$/i
const TOKEN = /^[!-~]+$/

/** The header `Authorization`, else the cookie of that name. What is wrong with one is never made up by the other. */
export function shownCredential(headers: RequestHeaders, cookieName: string | undefined): Shown | Missing {
  const authorization = oneValue(headers.authorization)
  if (authorization !== undefined && authorization !== '') return ofAuthorization(authorization)
  if (cookieName !== undefined) {
    const values = cookieValues(oneValue(headers.cookie) ?? '', cookieName)
    if (values.length > 0) return ofCookie(values, cookieName)
  }
  const orCookie = cookieName === undefined ? '' : `, or the cookie ${cookieName}`
  return { missing: `No credentials: send the header "Authorization: Bearer <token>"${orCookie}.` }
}

function ofAuthorization(authorization: string): Shown | Missing {
  if (authorization.length > SHOWN_LENGTH_MAX + 16)
    return {
      missing: `The Authorization header is too long; a token may have ${SHOWN_LENGTH_MAX} characters.`,
    }
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined) return { missing: 'The Authorization header must read "Bearer <token>".' }
  return { token, from: 'authorization' }
}

/** A page of a neighbouring site can add a cookie of the same name, so which one counts must not be a guess. */
function ofCookie(values: ReadonlyArray<string>, name: string): Shown | Missing {
  const [token, ...others] = new Set(values)
  if (others.length > 0)
    return {
      missing: `The cookie ${name} is sent twice with different values: clear the cookies of this site.`,
    }
  if (token!.length > SHOWN_LENGTH_MAX)
    return { missing: `The cookie ${name} is too long; a token may have ${SHOWN_LENGTH_MAX} characters.` }
  if (!TOKEN.test(token!)) return { missing: `The cookie ${name} holds no token.` }
  return { token: token!, from: 'cookie' }
}

/** RFC 6265 section 4.2.1, quotes taken off. Empty values are what a sign-out leaves behind: none. */
function cookieValues(header: string, name: string): string[] {
  const values: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    const value = pair
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    if (value !== '') values.push(value)
  }
  return values
}

function oneValue(value: string | ReadonlyArray<string> | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ')
}
