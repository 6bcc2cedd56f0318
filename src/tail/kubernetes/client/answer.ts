import { KubernetesError, type KubernetesErrorCode } from './error.ts'
import { type Right, rightText } from './right.ts'

/** An answer of the API server that is no success, and what was asked, in words. */
export type Refusal = {
  readonly cluster: string
  /** Completes "can't …", such as `read the log of shop/web-0`. */
  readonly what: string
  /** What the account lacks if it is 403. */
  readonly right: Right
  readonly status: number
  /** The body as far as it was read: a `Status` object, or anything a proxy wrote. */
  readonly body: string
  readonly retryAfter: string | undefined
}

const RETRY_AFTER_MAX_MS = 300_000

/** Which error an answer is. The texts compared here are the kubelet's (`validateContainerLogStatus`). */
export function refusalError(refusal: Refusal): KubernetesError {
  const detail = statusMessage(refusal.body)
  const code = refusalCode(refusal.status, detail)
  const retryAfterMs = retryAfter(refusal.retryAfter)
  return new KubernetesError(
    code,
    `Cluster "${refusal.cluster}": can't ${refusal.what}: ${sentence(code, refusal)}.`,
    {
      detail: `${refusal.status} ${detail}`,
      status: refusal.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  )
}

function refusalCode(status: number, message: string): KubernetesErrorCode {
  switch (status) {
    case 400:
      if (message.includes('waiting to start') || message.includes('PodInitializing')) return 'waiting'
      if (message.includes('trying and failing to pull') || message.includes("image can't be pulled"))
        return 'waiting'
      return /previous terminated container .* not found/.test(message) ? 'no_previous' : 'refused'
    case 401:
      return 'unauthorized'
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 408:
    case 504:
      return 'timeout'
    case 410:
      return 'expired'
    case 429:
      return 'throttled'
    default:
      return status >= 500 ? 'server' : 'refused'
  }
}

function sentence(code: KubernetesErrorCode, { status, right }: Refusal): string {
  switch (code) {
    case 'waiting':
      return 'the container has not started yet'
    case 'no_previous':
      return 'there is no previous instance of the container'
    case 'unauthorized':
      return 'the API server does not accept the credentials; look at the token or client certificate of this cluster'
    case 'forbidden':
      return `the gateway's account may not ${rightText(right)} (RBAC); deploy/rbac.yaml has what it needs`
    case 'not_found':
      return 'it does not exist (any more)'
    case 'expired':
      return 'the API server no longer keeps that version'
    case 'throttled':
      return 'the API server has too much to do'
    case 'timeout':
      return 'the API server gave up waiting'
    case 'server':
      return `the API server or the node has a fault (status ${status})`
    default:
      return `the API server refuses the request (status ${status})`
  }
}

/** The `message` of a Status object, else the text itself. */
export function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body)
    if (typeof status === 'object' && status !== null && 'message' in status)
      return String(status.message).slice(0, 1000)
  } catch {
    // A proxy's page, or the body was cut.
  }
  return body.slice(0, 1000)
}

/** Seconds only: the API server sends no dates. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined
  return Math.min(RETRY_AFTER_MAX_MS, Number(header) * 1000)
}
