import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * A loopback port that was free a moment ago. Somebody may take it before ClickHouse does: it then fails to start
 * and the supervisor asks for a new one.
 */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
