import { inSpan, pay, query } from './calls.ts'
import { catalogue, type Product, stockOf } from './catalogue.ts'
import { log } from './log.ts'
import { orders } from './metrics.ts'

/** A request as a route sees it: the parts of the path that its pattern names, and the JSON body. */
export type Visit = {
  readonly parameters: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}
export type Reply = { readonly status: number; readonly body: unknown }

export type ShopRoute = {
  readonly method: 'GET' | 'POST'
  /** `:name` stands for one part of the path. */
  readonly path: string
  /** What a person looks at, unlike a probe or a style sheet. */
  readonly isPage: boolean
  readonly handle: (visit: Visit) => Reply | Promise<Reply>
}

const ok = (body: unknown): Reply => ({ status: 200, body })

function productOf(id: unknown): Product | undefined {
  return typeof id === 'string' ? catalogue.get(id) : undefined
}

function list(): Reply {
  log.debug('product list from cache', { 'cache.hit': true, 'cache.age_s': 12.5 })
  return ok([...catalogue.values()])
}

async function show({ parameters: { id } }: Visit): Promise<Reply> {
  const product = await query('SELECT', 'products', 2, () => productOf(id))
  log.debug(`looked up '${id}'`, { 'product.id': id!, 'cache.hit': product !== undefined })
  if (product !== undefined) return ok(product)
  log.warn(`somebody asked for '${id}', which is not in the catalogue`, { 'product.id': id! })
  return { status: 404, body: { error: 'no such product' } }
}

async function addToCart({ body }: Visit): Promise<Reply> {
  const product = productOf(body.product)
  if (product === undefined) return { status: 404, body: { error: 'no such product' } }
  const pieces = Number(body.pieces)
  await query('UPDATE', 'carts', 3, () => undefined)
  log.info(`${pieces} × ${product.name} added to the cart`, {
    'product.id': product.id,
    'cart.pieces': pieces,
  })
  return ok({ total: pieces * product.price })
}

async function checkOut({ body }: Visit): Promise<Reply> {
  const product = productOf(body.product)
  if (product === undefined) return { status: 404, body: { error: 'no such product' } }
  const pieces = Number(body.pieces)
  const order = { 'order.id': String(body.order), 'order.total': pieces * product.price }
  const count = (outcome: string): void => orders.add(1, { 'product.id': product.id, outcome })
  await query('SELECT', 'customers', 3, () => undefined)
  if ((await pay('/charges', 14, body.card === 'expired' ? 402 : 200)) === 402) {
    count('declined')
    log.warn(`payment declined for order ${body.order}: the card has expired`, {
      ...order,
      'payment.retryable': false,
    })
    return { status: 402, body: { error: 'payment declined' } }
  }
  const left = await reserve(product, pieces).catch(async (error: Error) => {
    await pay('/refunds', 9, 200)
    count('failed')
    throw error
  })
  await query('INSERT', 'orders', 4, () => undefined)
  count('placed')
  log.info(
    `order ${body.order} placed: ${pieces} × ${product.name}`,
    { ...order, 'stock.left': left },
    { eventName: 'order.placed' },
  )
  return ok({ order: body.order })
}

/** Takes pieces from a shelf. Resolves with what is left on it; rejects for a product without a shelf. */
function reserve(product: Product, pieces: number): Promise<number> {
  return inSpan('reserve stock', { attributes: { 'product.id': product.id } }, async () => {
    await query('SELECT', 'shelves', 5, () => undefined)
    return stockOf(product) - pieces
  })
}

export const routes: ReadonlyArray<ShopRoute> = [
  { method: 'GET', path: '/', isPage: true, handle: () => ok('Welcome') },
  { method: 'GET', path: '/healthz', isPage: false, handle: () => ok('alive') },
  { method: 'GET', path: '/static/:file', isPage: false, handle: ({ parameters }) => ok(parameters.file) },
  { method: 'GET', path: '/products', isPage: true, handle: list },
  { method: 'GET', path: '/products/:id', isPage: true, handle: show },
  { method: 'POST', path: '/cart', isPage: true, handle: addToCart },
  { method: 'POST', path: '/checkout', isPage: true, handle: checkOut },
]
