/** Parent to child, once: everything it needs. Sent by IPC, so that nothing of it shows in a process list. */
export type StartMessage = {
  readonly libraryPath: string
  readonly directory: string
  readonly configPath: string
  readonly dataPath: string
  readonly httpPort: number
  readonly logLevel: string
}

/** Child to parent. `held`: another live process has the directory, and the child gives up. */
export type ChildMessage =
  | { readonly kind: 'held'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string }

/** The query_id of the statement that keeps the engine alive can't be set, so this comment finds it. */
export const KEEPALIVE_MARK = 'weir keepalive'
