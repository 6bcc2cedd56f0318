import { Agent } from 'undici'
import type { Credential } from './credentials.ts'
import type { ClusterTarget } from './target.ts'

/**
 * Sockets to one API server, under one client certificate. Streams have an agent of their own without a limit of
 * sockets (whoever opens them is limited), so that a thousand follows leave room for a list. No HTTP/2: its streams
 * share a window, so one body that is read slowly would hold up the others, and a reset would end them all.
 */
export type Agents = { readonly calls: Agent; readonly streams: Agent }

const CALL_SOCKETS_MAX = 16
const CONNECT_TIMEOUT_MS = 10_000
/** Finds a peer that is gone without a word; load balancers forget connections after a minute of silence. */
const KEEPALIVE_MS = 30_000
const HEADER_BYTES_MAX = 64 * 1024

export function openAgents(target: ClusterTarget, credential: Credential): Agents {
  const { ca, serverName, insecureSkipTlsVerify } = target
  const options = {
    allowH2: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_MS,
      rejectUnauthorized: !insecureSkipTlsVerify,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(credential.cert === undefined ? {} : { cert: credential.cert }),
      ...(credential.key === undefined ? {} : { key: credential.key.reveal() }),
    },
  }
  return {
    calls: new Agent({ ...options, connections: CALL_SOCKETS_MAX }),
    streams: new Agent(options),
  }
}
