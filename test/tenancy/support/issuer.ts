import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export const ISSUER = 'https://login.example.com/'
export const AUDIENCE = 'weir'

/** A key pair of an identity provider. */
export type SigningKey = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly jwk: JWK }

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A token that is right but for what `claims` and `header` change; a claim set to undefined is left out. */
export function signToken(
  { privateKey, jwk }: SigningKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: { readonly alg?: string; readonly kid?: string } = {},
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ada',
    exp: nowSeconds + 600,
    weir_tenants: ['a'],
    ...claims,
  }
  return new SignJWT(JSON.parse(JSON.stringify(all)))
    .setProtectedHeader({ alg: jwk.alg!, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }), ...header })
    .sign(privateKey)
}

/** The three parts of a token, put together by hand: for what no library signs. */
export function bareToken(header: object, claims: object, signature = ''): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.${signature}`
}
