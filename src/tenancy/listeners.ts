import { formatAddress, type ListenAddress } from '../config/fields.ts'
import { isLoopback } from '../config/loopback.ts'
import type { Config } from '../config/schema.ts'

/**
 * Why the gateway must not start with these listeners, one sentence with the cure; undefined if it may. A
 * listener that others can reach needs credentials, or the operator's word that it does not.
 */
export function unsafeListeners(config: Config): string | undefined {
  const { listen, credentials, ingest, jwt, authCallback } = config
  if (listen.insecure || credentials.length > 0) return undefined
  // A certificate that senders must show is a credential too.
  const otlp = ingest.tls?.clientCa === undefined ? [listen.grpc, listen.http] : []
  // jwt and authCallback are asked by the API; a sender's token is looked up among the static ones.
  const guardsApi = jwt !== undefined || authCallback !== undefined
  const open = [...otlp, guardsApi ? null : listen.api].filter(
    (address): address is ListenAddress => address !== null && !isLoopback(address.host),
  )
  if (open.length === 0) return undefined
  const what = guardsApi
    ? 'write without a credential; jwt and authCallback guard the API only'
    : 'write and read without a credential'
  return (
    `${open.map(formatAddress).join(', ')}: everyone on the network could ${what}. ` +
    'Add credentials, listen on 127.0.0.1, or set listen.insecure: true if something else guards the way.'
  )
}
