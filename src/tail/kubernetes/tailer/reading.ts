import type { KubernetesClient } from '../client/client.ts'
import { KubernetesError } from '../client/error.ts'
import type { PodLogOptions } from '../client/pod-log.ts'
import type { LogReader, Unfinished } from './log-reader.ts'

/** How a response ended. */
export type ReadEnd =
  | { readonly kind: 'ended'; readonly unfinished: Unfinished | undefined }
  /** The kubelet wrote an error where a line should be. `text` is for the log alone: it may be anybody's. */
  | { readonly kind: 'error_text'; readonly text: string }
  /** See `LogReader.suspect`. */
  | { readonly kind: 'suspect' }
  | { readonly kind: 'failed'; readonly error: KubernetesError }

/** Reads a log to its end. `heard` is called for the headers and for every piece of the body. */
export async function readLog(
  client: KubernetesClient,
  options: PodLogOptions,
  reader: LogReader,
  heard: () => void = () => undefined,
): Promise<ReadEnd> {
  try {
    for await (const piece of client.readLog({ ...options, onAnswer: heard })) {
      heard()
      reader.push(piece)
      if (reader.suspect) return { kind: 'suspect' }
    }
  } catch (error) {
    if (error instanceof KubernetesError) return { kind: 'failed', error }
    throw error
  }
  const { error, unfinished } = reader.end()
  if (reader.suspect) return { kind: 'suspect' }
  return error === undefined ? { kind: 'ended', unfinished } : { kind: 'error_text', text: error }
}

/** The kubelet could not watch the file: the node has no inotify instance (EMFILE) or watch (ENOSPC) left. */
export function saysExhausted(text: string): boolean {
  return /too many open files|no space left on device|fsnotify|inotify/i.test(text)
}
