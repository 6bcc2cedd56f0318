import type { FakeCluster } from './fake-cluster.ts'

/** How kubectl would reach the cluster: the text of a kubeconfig. */
export function kubeconfigOf(cluster: FakeCluster): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [
      { name: 'k', cluster: { server: cluster.url, 'certificate-authority-data': base64(cluster.ca) } },
    ],
    users: [
      {
        name: 'u',
        user: {
          'client-certificate-data': base64(cluster.identity.cert),
          'client-key-data': base64(cluster.identity.key),
        },
      },
    ],
  })
}
