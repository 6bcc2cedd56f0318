import type { Readable } from 'node:stream'
import type { Timers } from '../timers.ts'
import { podsPath } from './pod-api.ts'
import { SilenceLimit, withinSilence } from './silence.ts'
import type { Ask, Transport } from './transport.ts'

export type PodLogOptions = {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** Whole seconds since the epoch, inclusive: the API server cuts fractions off, whatever was sent. */
  readonly sinceSeconds?: number
  /** Physical records of the file, 16 KiB at most each; 0 with `follow` is "from now on". */
  readonly tailLines?: number
  /** With the stamps counted; cuts within a line. */
  readonly limitBytes?: number
  /** The last instance before this one. */
  readonly previous?: boolean
  readonly follow?: boolean
  /** Called when the headers have come. */
  readonly onAnswer?: () => void
  readonly signal: AbortSignal
}

/** A read that is no follow ends by itself, so silence means that somebody is stuck. */
const READ_SILENCE_MS = 30_000

/**
 * The log of a container, every line with its stamp, in pieces as they come. A follow of a silent container gets no headers:
 * it waits for ever, but the signal ends it at any time. Throws `KubernetesError`s only: `waiting`, `no_previous`, ….
 */
export async function* readPodLog(
  transport: Transport,
  options: PodLogOptions,
  timers: Timers,
): AsyncGenerator<Buffer> {
  const limit =
    options.follow === true ? undefined : new SilenceLimit(timers, 'read-silence', READ_SILENCE_MS)
  const ask = logAsk(options, limit)
  let body: Readable | undefined
  try {
    body = await transport.stream(ask)
    options.onAnswer?.()
    const pieces = body as AsyncIterable<Buffer>
    yield* limit === undefined ? pieces : withinSilence(pieces, limit)
  } catch (error) {
    if (limit?.signal.aborted === true && !options.signal.aborted)
      throw transport.error('timeout', ask.what, 'the node does not go on')
    throw transport.failure(ask.what, options.signal, error)
  } finally {
    limit?.stop()
    body?.destroy()
  }
}

function logAsk(options: PodLogOptions, limit: SilenceLimit | undefined): Ask {
  const { namespace, pod, container, sinceSeconds, tailLines, limitBytes, signal } = options
  return {
    what: podLogText(options),
    right: { verb: 'get', resource: 'pods/log', namespace },
    path: `${podsPath(namespace)}/${encodeURIComponent(pod)}/log`,
    query: {
      container,
      timestamps: true,
      follow: options.follow === true ? true : undefined,
      previous: options.previous === true ? true : undefined,
      sinceTime: sinceSeconds === undefined ? undefined : rfc3339(sinceSeconds),
      tailLines,
      limitBytes,
    },
    signal: limit === undefined ? signal : AbortSignal.any([signal, limit.signal]),
  }
}

function podLogText({
  namespace,
  pod,
  container,
}: Pick<PodLogOptions, 'namespace' | 'pod' | 'container'>): string {
  return `read the log of ${namespace}/${pod}, container ${container}`
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
