import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An object as the API server has it, as far as the collector's k8s_attributes looks at it. */
export type KubernetesObject = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly namespace?: string } & object
}

export type KubernetesStub = {
  /** Writes a kubeconfig that leads here. */
  writeKubeconfig(path: string): Promise<void>
  stop(): Promise<void>
}

const VERSION = '1'

/** Lists and watches of pods and namespaces that never change; everything else is not found. */
export async function startKubernetesStub(
  pods: ReadonlyArray<KubernetesObject>,
  namespaces: ReadonlyArray<KubernetesObject>,
): Promise<KubernetesStub> {
  const resources = new Map([
    ['/api/v1/pods', { kind: 'Pod', items: pods }],
    ['/api/v1/namespaces', { kind: 'Namespace', items: namespaces }],
  ])
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub')
    const found = resources.get(url.pathname)
    if (found === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }))
    } else if (url.searchParams.get('watch') === null || url.searchParams.get('watch') === 'false')
      list(response, found.kind, found.items)
    else watch(response, found.kind, url.searchParams.get('sendInitialEvents') === 'true' ? found.items : [])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    writeKubeconfig: (path) => writeFile(path, JSON.stringify(kubeconfig(`http://127.0.0.1:${port}`))),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function list(response: ServerResponse, kind: string, items: ReadonlyArray<KubernetesObject>): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: VERSION }, items }),
  )
}

/** What is there, if it was asked for, and then nothing, for as long as the client stays. */
function watch(response: ServerResponse, kind: string, items: ReadonlyArray<KubernetesObject>): void {
  const send = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object: { kind, apiVersion: 'v1', ...object } })}\n`)
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  for (const item of items) send('ADDED', item)
  if (items.length > 0)
    send('BOOKMARK', {
      metadata: { resourceVersion: VERSION, annotations: { 'k8s.io/initial-events-end': 'true' } },
    })
}

function kubeconfig(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stub', cluster: { server } }],
    users: [{ name: 'stub', user: {} }],
    contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'stub' } }],
    'current-context': 'stub',
  }
}
