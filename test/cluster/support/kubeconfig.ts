import { writeFile } from 'node:fs/promises'
import type { Identity } from '../../tail/support/certificates.ts'

/** Writes the file by which kubectl, kwok and Weir alike reach an API server under a client certificate. */
export async function writeKubeconfig(
  path: string,
  server: string,
  ca: string,
  { cert, key }: Identity,
): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'test',
        user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
}
