import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** PEM. */
export type Identity = { readonly cert: string; readonly key: string }

type Issuer = { readonly name: Buffer; readonly key: KeyObject }

/**
 * A certificate authority that lives as long as the test, and what it signs: X.509 v3 (RFC 5280) with P-256 keys, just as
 * much of it as TLS asks for.
 */
export function createAuthority(): {
  readonly ca: string
  server(): Identity
  /** As Kubernetes reads it: the common name is the user, organisations are groups. */
  client(user: string, groups?: ReadonlyArray<string>): Identity
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const self: Issuer = { name: distinguishedName('test authority', []), key: privateKey }
  const issue = (name: Buffer, extensions: ReadonlyArray<Buffer>): Identity => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return {
      cert: certificate(self, name, pair.publicKey, extensions),
      key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }
  return {
    ca: certificate(self, self.name, publicKey, [extension('551d13', sequence(tlv(0x01, Buffer.of(0xff))))]),
    server: () => issue(distinguishedName('kube-apiserver', []), [extension('551d11', alternativeNames())]),
    client: (user, groups = []) => issue(distinguishedName(user, groups), []),
  }
}

const ECDSA_SHA256 = sequence(objectId('2a8648ce3d040302'))

function certificate(
  issuer: Issuer,
  subject: Buffer,
  key: KeyObject,
  extensions: ReadonlyArray<Buffer>,
): string {
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))),
    tlv(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    ECDSA_SHA256,
    issuer.name,
    sequence(tlv(0x17, Buffer.from('240101000000Z')), tlv(0x17, Buffer.from('490101000000Z'))),
    subject,
    key.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  )
  const signature = tlv(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, issuer.key)]))
  const der = sequence(body, ECDSA_SHA256, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${der.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** localhost and 127.0.0.1. */
function alternativeNames(): Buffer {
  return sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.of(127, 0, 0, 1)))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tlv(0x04, value))
}

function distinguishedName(commonName: string, organisations: ReadonlyArray<string>): Buffer {
  const part = (id: string, text: string): Buffer =>
    tlv(0x31, sequence(objectId(id), tlv(0x0c, Buffer.from(text))))
  return sequence(...organisations.map((name) => part('55040a', name)), part('550403', commonName))
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts))
}

function tlv(tag: number, value: Buffer): Buffer {
  if (value.length < 128) return Buffer.concat([Buffer.of(tag, value.length), value])
  const long =
    value.length < 256
      ? Buffer.of(0x81, value.length)
      : Buffer.of(0x82, value.length >> 8, value.length & 255)
  return Buffer.concat([Buffer.of(tag), long, value])
}
