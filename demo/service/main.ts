import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createShop } from './server.ts'
import { emitted, sdk } from './telemetry.ts'

/** Run with `--import ./telemetry.ts`, so that the SDK is there before anything asks for a logger or a tracer. */

/** What the shop tells the demo that started it. */
export type ShopMessage =
  | { readonly kind: 'listening'; readonly port: number }
  /** After the flush: log records handed to the SDK, by severity text. */
  | { readonly kind: 'closed'; readonly emitted: Readonly<Record<string, number>> }

function tell(message: ShopMessage, then: () => void = () => {}): void {
  process.send?.(message, then)
}

/** Closes the shop and sends what the SDK still holds. */
async function close(): Promise<void> {
  shop.close()
  shop.closeAllConnections()
  await sdk.shutdown().catch((error: Error) => process.stderr.write(`${error.message}\n`))
  tell({ kind: 'closed', emitted: Object.fromEntries(emitted) }, () => process.exit())
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
