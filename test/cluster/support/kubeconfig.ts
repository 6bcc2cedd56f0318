import { writeFile } from 'node:fs/promises'

/** Writes the file by which kubectl, kwok and Weir alike reach an API server with a token. */
export async function writeKubeconfig(
  path: string,
  server: string,
  ca: string,
  token: string,
): Promise<void> {
  const authority = Buffer.from(ca).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  await writeFile(path, JSON.stringify(config), { mode: 0o600 })
}
