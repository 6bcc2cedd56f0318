import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Endpoint } from './endpoint.ts'

/**
 * Keep-alive sockets to one ClickHouse, at most `socketsMax`. An idle one is given up a second before the server
 * would close it (Node reads its Keep-Alive header), so that a request rarely meets a closing socket.
 */
export function createAgent(endpoint: Endpoint, socketsMax: number): HttpAgent | HttpsAgent {
  const options = { keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 4, scheduling: 'lifo' as const }
  if (new URL(endpoint.url).protocol === 'http:') return new HttpAgent(options)
  const { ca, cert, key, insecureSkipVerify } = endpoint.tls ?? {}
  return new HttpsAgent({
    ...options,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: insecureSkipVerify !== true,
  })
}
