import type { Readable } from 'node:stream'
import type { Timers } from '../timers.ts'
import { LineTooLong, readLines } from './body.ts'
import type { KubernetesError } from './error.ts'
import { type PodObject, podSchema, statusSchema, versionedSchema, watchEventSchema } from './objects.ts'
import { type PodScope, podRight, podsPath, scopeText, selectors } from './pod-api.ts'
import { SilenceLimit, withinSilence } from './silence.ts'
import type { Transport } from './transport.ts'

export type PodEvent =
  | { readonly type: 'changed'; readonly pod: PodObject; readonly resourceVersion: string }
  | { readonly type: 'deleted'; readonly pod: PodObject; readonly resourceVersion: string }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }

export type PodWatchOptions = {
  readonly scope: PodScope
  readonly resourceVersion: string
  readonly timers: Timers
  readonly random: () => number
  /** Without a byte for so long the connection is taken for dead; bookmarks come about every minute. */
  readonly silenceMsMax: number
  readonly signal: AbortSignal
}

/** One object; a pod of 1.5 MB is the most that etcd takes. */
const EVENT_BYTES_MAX = 8 * 2 ** 20
/** The server ends the watch after so long; spread, so that not all come back at once. */
const WATCH_SECONDS = 300

/**
 * What happens after `resourceVersion`. Ends when the server ends it: go on from the last version seen. Throws
 * `expired` for a 410, whether the server says it as its status or as an ERROR event: list again.
 */
export async function* watchPods(transport: Transport, options: PodWatchOptions): AsyncGenerator<PodEvent> {
  const { scope, signal } = options
  const what = `watch ${scopeText(scope)}`
  const limit = new SilenceLimit(options.timers, 'watch-silence', options.silenceMsMax)
  const ask = {
    what,
    right: podRight('watch', scope.namespace),
    path: podsPath(scope.namespace),
    query: {
      ...selectors(scope),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + options.random())),
    },
    signal: AbortSignal.any([signal, limit.signal]),
  }
  let body: Readable | undefined
  try {
    body = await transport.stream(ask)
    for await (const line of readLines(withinSilence(body, limit), EVENT_BYTES_MAX)) {
      const event = readEvent(transport, what, line)
      if (event !== undefined) yield event
    }
  } catch (error) {
    if (limit.signal.aborted && !signal.aborted)
      throw transport.error('timeout', what, 'the connection went silent')
    if (error instanceof LineTooLong)
      throw transport.error('too_large', what, `an object is larger than ${EVENT_BYTES_MAX} bytes`)
    throw transport.failure(what, signal, error)
  } finally {
    limit.stop()
    body?.destroy()
  }
}

function readEvent(transport: Transport, what: string, line: string): PodEvent | undefined {
  const event = watchEventSchema.safeParse(jsonOrNothing(line))
  if (!event.success) throw unreadable(transport, what)
  const { type, object } = event.data
  if (type === 'ERROR') throw eventError(transport, what, object)
  const versioned = versionedSchema.safeParse(object)
  if (!versioned.success) throw unreadable(transport, what)
  const { resourceVersion } = versioned.data.metadata
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion }
  const pod = podSchema.safeParse(object)
  if (!pod.success) return undefined
  if (type === 'ADDED' || type === 'MODIFIED') return { type: 'changed', pod: pod.data, resourceVersion }
  return type === 'DELETED' ? { type: 'deleted', pod: pod.data, resourceVersion } : undefined
}

function eventError(transport: Transport, what: string, object: unknown): KubernetesError {
  const { code, message } = statusSchema.safeParse(object).data ?? {}
  const status = code ?? 500
  if (status === 410)
    return transport.error(
      'expired',
      what,
      'the API server no longer keeps that version',
      message ?? '',
      status,
    )
  return transport.error(
    'server',
    what,
    `the API server has a fault (status ${status})`,
    message ?? '',
    status,
  )
}

function unreadable(transport: Transport, what: string): KubernetesError {
  return transport.error('server', what, 'the API server sent something that is no event')
}

function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
