import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { CallBehaviour, SeenRequest } from './fake-cluster.ts'
import type { FakeKubelet } from './fake-kubelet.ts'
import { readLogQuery } from './kubelet-reader.ts'

type Watch = { send(event: object): void; end(): void; cut(): void }

export type ServerState = {
  /** The last resource version given. */
  version: number
  /** Pods as the API server knows them, by uid. */
  readonly stored: Map<string, object>
  readonly events: { readonly version: number; readonly type: string; readonly object: object }[]
  /** Watches and continue tokens from before it are refused. */
  oldestVersion: number
  /** Labels by name. */
  readonly namespaces: Map<string, Readonly<Record<string, string>>>
  readonly tokens: Map<string, string>
  readonly access: Set<string>
  readonly callBehaviours: Map<SeenRequest['verb'], CallBehaviour[]>
  readonly watches: Set<Watch>
  readonly kubelet: FakeKubelet
  onRequest: (request: SeenRequest) => void
}

/** What an answer returns is nobody's concern. */
type Answered = unknown

type Call = {
  readonly state: ServerState
  readonly url: URL
  readonly user: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const PODS = /^(?:\/api\/v1\/pods|\/api\/v1\/namespaces\/([^/]+)\/pods)(?:\/([^/]+)(\/log)?)?$/
const NAMESPACE = /^\/api\/v1\/namespaces\/([^/]+)$/
const REVIEW = /^\/apis\/(?:authorization|authentication)\.k8s\.io\/v1\/(subjectaccessreviews|tokenreviews)$/

export async function answer(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answered> {
  const url = new URL(request.url ?? '/', 'https://fake')
  const user = userOf(state, request)
  const pods = PODS.exec(url.pathname)
  const verb = verbOf(url, pods)
  state.onRequest({ verb, url, user })
  if (user === undefined) return refuse(response, 401, 'Unauthorized')
  const behaviour = verb === 'log' ? undefined : state.callBehaviours.get(verb)?.shift()
  if (behaviour?.cut === true) return request.socket.destroy()
  if (behaviour?.refuse !== undefined)
    return refuse(
      response,
      behaviour.refuse.status,
      behaviour.refuse.message,
      behaviour.refuse.retryAfterSeconds,
    )
  if (behaviour?.body !== undefined) return response.end(behaviour.body)
  const call: Call = { state, url, user, request, response }
  if (verb === 'namespace') return getNamespace(call)
  if (pods === null) return await review(call)
  const [, namespace, name, log] = pods.map((part) =>
    part === undefined ? undefined : decodeURIComponent(part),
  )
  if (log !== undefined) return await podLog(call, namespace!, name!)
  if (name !== undefined) return get(call, namespace!, name)
  if (verb === 'watch') return watch(call, namespace)
  return list(call, namespace)
}

function verbOf(url: URL, pods: RegExpExecArray | null): SeenRequest['verb'] {
  if (pods === null) return NAMESPACE.test(url.pathname) ? 'namespace' : 'review'
  if (pods[3] !== undefined) return 'log'
  if (pods[2] !== undefined) return 'get'
  return url.searchParams.get('watch') === 'true' ? 'watch' : 'list'
}

function userOf(state: ServerState, request: IncomingMessage): string | undefined {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token !== undefined) return state.tokens.get(token)
  const socket = request.socket as TLSSocket
  return socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined
}

type Stored = {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Record<string, string>
  }
}

/** Selectors of the form `a=b,c=d`. */
function selected(call: Call, namespace: string | undefined, object: object): boolean {
  const { metadata } = object as Stored
  if (namespace !== undefined && metadata.namespace !== namespace) return false
  const selector = call.url.searchParams.get('labelSelector')
  return (selector ?? '').split(',').every((term) => {
    const [key, value] = term.split('=')
    return key === '' || metadata.labels[key!] === value
  })
}

function list(call: Call, namespace: string | undefined): Answered {
  const { state, url, response } = call
  const limit = Number(url.searchParams.get('limit') ?? 0)
  const [version = state.version, offset = 0] = (url.searchParams.get('continue') ?? '')
    .split('.')
    .filter(Boolean)
    .map(Number)
  if (version < state.oldestVersion)
    return refuse(response, 410, 'The provided continue parameter is too old')
  const items = [...state.stored.values()].filter((object) => selected(call, namespace, object))
  const end = limit > 0 ? offset + limit : items.length
  return send(response, 200, {
    kind: 'PodList',
    metadata: {
      resourceVersion: String(version),
      ...(end < items.length ? { continue: `${version}.${end}` } : {}),
    },
    items: items.slice(offset, end),
  })
}

function get({ state, response }: Call, namespace: string, name: string): Answered {
  const found = [...state.stored.values()].find((object) => {
    const { metadata } = object as Stored
    return metadata.namespace === namespace && metadata.name === name
  })
  if (found === undefined) return refuse(response, 404, `pods "${name}" not found`)
  return send(response, 200, found)
}

function getNamespace({ state, url, response }: Call): Answered {
  const name = NAMESPACE.exec(url.pathname)![1]!
  const labels = state.namespaces.get(name)
  if (labels === undefined) return refuse(response, 404, `namespaces "${name}" not found`)
  return send(response, 200, { kind: 'Namespace', metadata: { name, labels } })
}

function watch(call: Call, namespace: string | undefined): Answered {
  const { state, url, response } = call
  const from = Number(url.searchParams.get('resourceVersion'))
  if (from < state.oldestVersion) return refuse(response, 410, 'too old resource version')
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const open: Watch = {
    send(event) {
      const { type, object } = event as { readonly type: string; readonly object: object }
      const isPod = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED'
      if (response.writableEnded) return
      if (!isPod || selected(call, namespace, object)) response.write(`${JSON.stringify(event)}\n`)
    },
    end: () => response.end(),
    cut: () => response.socket?.destroy(),
  }
  state.watches.add(open)
  response.on('close', () => state.watches.delete(open))
  for (const { version, type, object } of state.events) if (version > from) open.send({ type, object })
  return response
}

/** The API server cuts `sinceTime` to the second, whatever was sent. */
async function podLog({ state, url, response }: Call, namespace: string, pod: string): Promise<Answered> {
  const { searchParams } = url
  const query = readLogQuery(searchParams)
  if (query.sinceNs !== undefined) query.sinceNs -= query.sinceNs % 1_000_000_000n
  const ask = { namespace, pod, container: searchParams.get('container') ?? '', query }
  return await state.kubelet.answer(ask, response, (...why) => refuse(response, ...why))
}

async function review({ state, url, request, response }: Call): Promise<Answered> {
  const kind = REVIEW.exec(url.pathname)?.[1]
  if (kind === undefined) return refuse(response, 404, 'the server could not find the requested resource')
  const { spec } = JSON.parse(
    Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString(),
  )
  if (kind === 'tokenreviews') {
    const username = state.tokens.get(spec.token)
    return send(response, 201, {
      status:
        username === undefined
          ? { authenticated: false }
          : { authenticated: true, user: { username, groups: ['g'] } },
    })
  }
  const { namespace, resource, subresource } = spec.resourceAttributes
  const allowed =
    resource === 'pods' && subresource === 'log' && state.access.has(`${spec.user} ${namespace}`)
  return send(response, 201, { status: { allowed, reason: 'RBAC of the test' } })
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  retryAfterSeconds?: number,
): Answered {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
  return send(response, status, { kind: 'Status', status: 'Failure', code: status, message })
}

function send(response: ServerResponse, status: number, body: object): Answered {
  response.writeHead(status, { 'content-type': 'application/json' })
  return response.end(JSON.stringify(body))
}
