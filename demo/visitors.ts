import { setTimeout as delay } from 'node:timers/promises'

/** Requests that were answered, by status. */
export type Visits = ReadonlyMap<number, number>

const SHOPPERS = 24
const SHOPPER_EVERY_MS = 100
const PROBE_EVERY_MS = 100

/** A few seconds in the life of the shop: shoppers come and go, and something asks all the time whether it is alive. */
export async function visit(shop: string, signal: AbortSignal): Promise<Visits> {
  const statuses = new Map<number, number>()
  const ask = async (path: string, json?: object): Promise<void> => {
    const init = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }
    const answer = await fetch(`${shop}${path}`, { ...init, signal })
    await answer.arrayBuffer()
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  }

  let open = true
  const probe = async (): Promise<void> => {
    while (open) {
      await ask('/healthz')
      await delay(PROBE_EVERY_MS, undefined, { signal })
    }
  }
  const shoppers = async (): Promise<void> => {
    const arrive = async (i: number): Promise<void> => {
      await delay(i * SHOPPER_EVERY_MS, undefined, { signal })
      await shopper(i, ask)
    }
    await Promise.all(Array.from({ length: SHOPPERS }, (_, i) => arrive(i)))
    open = false
  }
  await Promise.all([probe(), shoppers()])
  return statuses
}

type Ask = (path: string, json?: object) => Promise<void>

/** Most shoppers buy; some look for what the shop does not have, pay with an expired card, or meet the shop's bug. */
async function shopper(i: number, ask: Ask): Promise<void> {
  const product = i % 8 === 6 ? 'lamp' : i % 2 === 0 ? 'teapot' : 'kettle'
  const pieces = 1 + (i % 3)
  await ask('/')
  await Promise.all([ask('/static/shop.css'), ask('/static/logo.png')])
  await ask('/products')
  if (i % 12 === 4) await ask('/products/unicorn')
  await ask(`/products/${product}`)
  await ask('/cart', { product, pieces })
  await ask('/checkout', { order: `o-${1001 + i}`, product, pieces, card: i % 10 === 3 ? 'expired' : 'good' })
}
