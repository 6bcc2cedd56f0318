import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { log } from './log.ts'
import { type Sent, sent } from './sent.ts'
import { createShop } from './server.ts'
import { sendMetrics, shutDown } from './telemetry.ts'

/** Run with `--import ./telemetry.ts`, so that the SDK is there before anything asks for a logger or a tracer. */

/** What the shop tells the demo that started it. */
export type ShopMessage =
  | { readonly kind: 'listening'; readonly port: number }
  /** After the last export. */
  | { readonly kind: 'closed'; readonly sent: Sent }

function tell(message: ShopMessage, then: () => void = () => {}): void {
  process.send?.(message, then)
}

/**
 * Closes the shop and sends what the SDK still holds. The last log record goes after the metrics: a gateway stores
 * what a commit brings in order, so whoever can read that record can read every series.
 */
async function close(): Promise<void> {
  shop.close()
  shop.closeAllConnections()
  const complain = (error: Error): boolean => process.stderr.write(`${error.message}\n`)
  await sendMetrics().catch(complain)
  log.info('the shop has closed')
  await shutDown().catch(complain)
  tell({ kind: 'closed', sent: sent() }, () => process.exit())
}

const shop = createShop()
shop.listen(0, '127.0.0.1')
await once(shop, 'listening')
process.once('message', close)
// The demo is gone: nobody visits any more.
process.once('disconnect', () => process.exit())
// A Ctrl-C in the terminal reaches this process too; the demo decides what it means.
process.on('SIGINT', () => {})
tell({ kind: 'listening', port: (shop.address() as AddressInfo).port })
