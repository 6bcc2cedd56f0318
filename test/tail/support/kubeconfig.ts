export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** By which kubectl, kwok and Weir alike reach an API server: the text of a kubeconfig. `user`: its credentials. */
export function kubeconfigOf(server: string, ca: string, user: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'test', user }],
  })
}
