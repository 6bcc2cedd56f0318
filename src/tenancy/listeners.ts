import { formatAddress, type ListenAddress } from '../config/fields.ts'
import { isLoopback } from '../config/loopback.ts'
import type { Config } from '../config/schema.ts'

/**
 * Why the gateway must not start with these listeners, one sentence with the cure; undefined if it may. A
 * listener that others can reach needs credentials, or the operator's word that it does not.
 */
export function unsafeListeners({ listen, credentials, ingest }: Config): string | undefined {
  if (listen.insecure || credentials.length > 0) return undefined
  // A certificate that senders must show is a credential too.
  const otlp = ingest.tls?.clientCa === undefined ? [listen.grpc, listen.http] : []
  const open = [...otlp, listen.api].filter(
    (address): address is ListenAddress => address !== null && !isLoopback(address.host),
  )
  if (open.length === 0) return undefined
  return (
    `${open.map(formatAddress).join(', ')}: everyone on the network could write and read without a credential. ` +
    'Add credentials, listen on 127.0.0.1, or set listen.insecure: true if something else guards the way.'
  )
}
