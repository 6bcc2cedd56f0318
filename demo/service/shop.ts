import { catalogue, type Product, stockOf } from './catalogue.ts'
import { log } from './log.ts'

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
  readonly handle: (visit: Visit) => Reply
}

const ok = (body: unknown): Reply => ({ status: 200, body })

function productOf(id: unknown): Product | undefined {
  return typeof id === 'string' ? catalogue.get(id) : undefined
}

function list(): Reply {
  log.debug('product list from cache', { 'cache.hit': true, 'cache.age_s': 12.5 })
  return ok([...catalogue.values()])
}

function show({ parameters: { id } }: Visit): Reply {
  const product = productOf(id)
  log.debug(`looked up '${id}'`, { 'product.id': id!, 'cache.hit': product !== undefined })
  if (product !== undefined) return ok(product)
  log.warn(`somebody asked for '${id}', which is not in the catalogue`, { 'product.id': id! })
  return { status: 404, body: { error: 'no such product' } }
}

function addToCart({ body }: Visit): Reply {
  const product = productOf(body.product)
  if (product === undefined) return { status: 404, body: { error: 'no such product' } }
  const pieces = Number(body.pieces)
  log.info(`${pieces} × ${product.name} added to the cart`, {
    'product.id': product.id,
    'cart.pieces': pieces,
  })
  return ok({ total: pieces * product.price })
}

function checkOut({ body }: Visit): Reply {
  const product = productOf(body.product)
  if (product === undefined) return { status: 404, body: { error: 'no such product' } }
  const pieces = Number(body.pieces)
  const order = { 'order.id': String(body.order), 'order.total': pieces * product.price }
  if (body.card === 'expired') {
    log.warn(`payment declined for order ${body.order}: the card has expired`, {
      ...order,
      'payment.retryable': false,
    })
    return { status: 402, body: { error: 'payment declined' } }
  }
  const left = stockOf(product) - pieces
  log.info(
    `order ${body.order} placed: ${pieces} × ${product.name}`,
    { ...order, 'stock.left': left },
    { eventName: 'order.placed' },
  )
  return ok({ order: body.order })
}

export const routes: ReadonlyArray<ShopRoute> = [
  { method: 'GET', path: '/', handle: () => ok('Welcome') },
  { method: 'GET', path: '/healthz', handle: () => ok('alive') },
  { method: 'GET', path: '/static/:file', handle: ({ parameters }) => ok(parameters.file) },
  { method: 'GET', path: '/products', handle: list },
  { method: 'GET', path: '/products/:id', handle: show },
  { method: 'POST', path: '/cart', handle: addToCart },
  { method: 'POST', path: '/checkout', handle: checkOut },
]
